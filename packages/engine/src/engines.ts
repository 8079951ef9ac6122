import * as tf from "@tensorflow/tfjs";
import { loadOnnx } from "./load-onnx.ts";
import { type GpuMemory, loadTensorflow } from "./load-tensorflow.ts";
import { loadWasm } from "./load-wasm.ts";
import type { LocalProcess } from "./own-gpu.ts";

/** What the caller wants of an engine that is being started. */
export interface LoadOptions {
  /** Whether this engine was asked for with its device; a device that is no faster than the processor is refused else. */
  readonly asked: boolean;
  /** How much of a GPU's memory TensorFlow takes; `grow` where absent. */
  readonly gpuMemory?: GpuMemory;
  /** Threads on the processor; as many as there are cores to use where absent. */
  readonly threads?: number;
  /** Which of several processes on this host this one is, so that each takes a GPU of its own. */
  readonly local?: LocalProcess | undefined;
}

/** One way to run TensorFlow.js here. */
export interface Engine {
  /** Name of the TensorFlow.js backend. */
  readonly name: "tensorflow" | "onnx" | "wasm" | "cpu";
  readonly device: "gpu" | "cuda" | "webgpu" | "cpu";
  /** What it is, in a few words. */
  readonly what: string;
  /** Whether it has what training needs; the others only run nets. */
  readonly trains: boolean;
  /** Makes the backend ready for `tf.setBackend`; throws, with what is missing and how to get it, where it cannot run. */
  load(options: LoadOptions): Promise<void>;
}

/** Every engine, the fastest first. */
export const ENGINES: readonly Engine[] = [
  {
    ...{ name: "tensorflow", device: "gpu", trains: true },
    what: "TensorFlow 2.9 on CUDA 11.2 (@tensorflow/tfjs-node-gpu)",
    load: (options) => loadTensorflow("gpu", options),
  },
  {
    ...{ name: "onnx", device: "cuda", trains: true },
    what: "ONNX Runtime on CUDA 12",
    load: (options) => loadOnnx("cuda", options),
  },
  {
    ...{ name: "onnx", device: "webgpu", trains: true },
    what: "ONNX Runtime on WebGPU (Vulkan, Metal or Direct3D 12)",
    load: ({ asked, ...options }) => loadOnnx("webgpu", { ...options, softwareToo: asked }),
  },
  {
    ...{ name: "onnx", device: "cpu", trains: true },
    what: "ONNX Runtime (@amface/tfjs-backend-onnx)",
    load: (options) => loadOnnx("cpu", options),
  },
  {
    ...{ name: "tensorflow", device: "cpu", trains: true },
    what: "TensorFlow (@tensorflow/tfjs-node)",
    load: (options) => loadTensorflow("cpu", options),
  },
  {
    ...{ name: "wasm", device: "cpu", trains: false },
    what: "WebAssembly, for inference only",
    load: loadWasm,
  },
  {
    ...{ name: "cpu", device: "cpu", trains: true },
    what: "plain JavaScript, for checks only",
    load: async () => {
      // In production TensorFlow.js does not advertise its native binding on the console.
      tf.env().set("PROD", true);
    },
  },
];
