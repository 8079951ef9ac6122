/** What `backend.test.ts` calls in a page. */
import { type OnnxBackend, setDevice } from "@amface/tfjs-backend-onnx/browser";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import { differences, kernelCalls } from "../../programs/kernel-calls.ts";

type Options = Parameters<typeof setDevice>[1];
const backend = () => tf.backend() as OnnxBackend;
const message = (f: () => unknown) => {
  try {
    f();
  } catch (error) {
    return (error as Error).message;
  }
};

async function start(device: "wasm" | "webgpu", options: Options = { wasmPaths: "/ort/" }) {
  try {
    await setDevice(device, options);
    await tf.setBackend("onnx");
  } catch (error) {
    return { name: (error as Error).name, message: (error as Error).message };
  }
  return { device: backend().device, ...backend().threading };
}

/** Kernels that differ from the backend cpu's. */
async function kernels() {
  const results = async () => {
    const values: [string, number[]][] = [];
    for (const [name, run] of Object.entries(kernelCalls())) values.push([name, [...(await run().data())]]);
    return values;
  };
  await tf.setBackend("cpu");
  const expected = await results();
  await tf.setBackend("onnx");
  const got = new Map(await results());
  return { compared: expected.length, differences: differences(expected, got) };
}

/** What reading at once gives, before a value is computed and afterwards. */
async function readAtOnce() {
  const x = tf.tensor1d([1, 2]);
  const y = tf.neg(x);
  const [written, error] = [[...x.dataSync()], message(() => y.dataSync())];
  await y.data();
  const left = backend().isOnDevice(y);
  return { written, error, left, after: left ? message(() => y.dataSync()) : [...y.dataSync()] };
}

/** Kernels without an ONNX form, among others that are still to be computed. */
async function withoutOnnxForm() {
  const x = tf.add(tf.tensor1d([1, 2, 3, 4]), 1);
  const angles = tf.mul(tf.atan2(x, tf.neg(x)), 2);
  const spectrum = tf.real(tf.spectral.rfft(tf.reshape(x, [1, 4])));
  const { values, indices } = tf.topk(tf.square(x), 2);
  const read = [angles, spectrum, values, indices].map((tensor) => tensor.data());
  return (await Promise.all(read)).map((numbers) => [...numbers]);
}

/** Tensors that are disposed of while they are read, and calls that are made meanwhile. */
async function meanwhile() {
  const before = tf.memory().numTensors;
  const x = tf.tensor1d([1, 2, 3]);
  const doubled = tf.mul(x, 2);
  const first = doubled.data();
  const tripled = tf.mul(doubled, 1.5);
  tf.dispose([x, doubled]);
  const second = tripled.data();
  tripled.dispose();
  let third: typeof first | undefined;
  tf.tidy(() => {
    third = tf.sum(tf.square(tf.tensor1d([3, 4]))).data();
  });
  const values = await Promise.all([first, second, third!]);
  return { values: values.map((numbers) => [...numbers]), left: tf.memory().numTensors - before };
}

let dense: { weight: tf.Variable<tf.Rank.R2>; optimizer: tf.Optimizer; steps: number } | undefined;

/** Trains a dense layer of 256 × 256 by momentum, as `long-run.ts` does; the next call goes on. */
async function longRun(steps: number) {
  dense ??= {
    weight: tf.variable(tf.fill([256, 256], 0.01)) as tf.Variable<tf.Rank.R2>,
    optimizer: tf.train.momentum(0.01, 0.9),
    steps: 0,
  };
  const { weight, optimizer } = dense;
  for (let step = 0; step < steps; step++) {
    const seed = ++dense.steps;
    const loss = tf.tidy(() => {
      const rows = tf.randomNormal<tf.Rank.R2>([2, 256], 0, 1, "float32", seed);
      return optimizer.minimize(() => tf.mean(tf.square(tf.matMul(rows, weight))), true, [weight])!;
    });
    const [value] = await loss.data();
    if (!Number.isFinite(value)) throw new Error(`loss ${value} in step ${seed}`);
    loss.dispose();
  }
  const onDevice = backend().isOnDevice(weight);
  return { tensors: tf.memory().numTensors, models: backend().compilations, onDevice };
}

/** The same numbers from one device and another, with tensors made on the one and used on the other. */
async function changeDevice(to: "wasm" | "webgpu") {
  const x = tf.mul(tf.range(0, 6), 2);
  await x.data();
  await setDevice(to, { wasmPaths: "/ort/" });
  return { device: backend().device, values: [...(await tf.add(x, 1).data())] };
}

Object.assign(globalThis, {
  checks: { start, kernels, readAtOnce, withoutOnnxForm, meanwhile, longRun, changeDevice },
});
