/** Makes `FaceTraining` callable in a page: `train(backend, steps)` for losses and seconds of each step. */
import { type OnnxBackend, setDevice } from "@amface/tfjs-backend-onnx/browser";
import * as tf from "@tensorflow/tfjs";
import { FaceTraining } from "./face-training.ts";

export interface PageSteps {
  readonly losses: number[];
  readonly seconds: number[];
  readonly tensors: number[];
  /** Models compiled so far; 0 on TensorFlow.js's own backends. */
  readonly models: number;
}

const trainings = new Map<string, FaceTraining>();

/** @param engine `onnx:wasm`, `onnx:webgpu`, or a backend of TensorFlow.js's. */
async function train(engine: string, steps: number, threads?: number): Promise<PageSteps> {
  const [backend, device] = engine.split(":");
  if (device) await setDevice(device as "wasm", { wasmPaths: "/ort/", ...(threads && { threads }) });
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js's backend ${backend} does not start`);
  const training = trainings.get(engine) ?? new FaceTraining();
  trainings.set(engine, training);
  const record: Omit<PageSteps, "models"> = { losses: [], seconds: [], tensors: [] };
  for (let step = 0; step < steps; step++) {
    const start = performance.now();
    record.losses.push(await training.step());
    record.seconds.push((performance.now() - start) / 1000);
    record.tensors.push(tf.memory().numTensors);
  }
  return { ...record, models: (tf.backend() as Partial<OnnxBackend>).compilations ?? 0 };
}

Object.assign(globalThis, { train });
