/** What `pending.test.ts` calls in a page. */
import { type OnnxBackend, setDevice } from "@amface/tfjs-backend-onnx/browser";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";

const backend = () => tf.backend() as OnnxBackend;
const ORT = { wasmPaths: "/ort/" };
const read = async (tensor: tf.Tensor) => [...(await tensor.data())];

async function start(device: "wasm" | "webgpu", threads?: number) {
  await setDevice(device, { ...ORT, threads });
  await tf.setBackend("onnx");
}

/** How many models `f` compiles, and what it gives. */
async function counted<T>(f: () => Promise<T>) {
  const before = backend().compilations;
  const values = await f();
  return { models: backend().compilations - before, values };
}

/** Reshapes between calls that are still to be computed. */
async function reshapes() {
  const x = tf.neg(tf.tensor1d([1, 2, 3, 4]));
  const squares = tf.square(tf.expandDims(tf.reshape(x, [2, 2]), 0));
  const { models, values } = await counted(() => read(squares));
  const complex = tf.reshape(tf.complex(x, tf.mul(x, 2)), [2, 2]);
  const parts = [tf.real(complex), tf.imag(complex)];
  return {
    models,
    values,
    shapes: parts.map(({ shape }) => shape),
    parts: await Promise.all(parts.map(read)),
  };
}

/** A value that failed along with another, read by a call in JavaScript and then by itself. */
async function afterFailure() {
  const x = tf.tensor1d([1, 2, 2]);
  const kept = tf.add(x, 1);
  const wrong = tf.unique(tf.mul(x, 2)).values; // its shape depends on what it reads
  const error = await read(wrong).catch(({ message }: Error) => message);
  const largest = await read(tf.topk(kept, 1).values);
  return { error, largest, kept: await read(kept) };
}

/** The reshape of a value on the device, read by a call in JavaScript and then by one on the device. */
async function reshapeTwice() {
  const x = tf.add(tf.tensor1d([1, 2, 3, 4]), 1);
  const whole = await read(x);
  const rows = tf.reshape(x, [2, 2]);
  return [whole, await read(tf.topk(rows, 1).values), await read(tf.square(rows)), await read(x)];
}

/** Kernels without an ONNX form whose argument, or a result on the way, is nothing but ones. */
async function ones() {
  const one = tf.add(tf.zeros([300]), 1);
  const angles = await read(tf.atan2(one, one));
  const impulse = new Float32Array(256);
  impulse[0] = 1;
  const complex = tf.complex(tf.tensor1d(impulse), tf.tensor1d(new Float32Array(256)));
  return { angles, spectrum: await read(tf.real(tf.spectral.fft(complex))) };
}

/** How many models each of two rounds over 80 sizes compiles. */
async function rounds() {
  const round = async () => {
    for (let i = 0; i < 80; i++) await tf.sqrt(tf.ones([40_000 + i])).data();
  };
  return [(await counted(round)).models, (await counted(round)).models];
}

/** How many models are compiled for what was compiled before the device was chosen once more. */
async function sameDevice(device: "wasm" | "webgpu") {
  const run = () => read(tf.sqrt(tf.tensor1d([1, 4, 9])));
  await run();
  await Promise.all([setDevice(device, ORT), setDevice(device, ORT)]);
  return counted(run);
}

/** Calls of a compiled function of which every second one is checked, and why the one fails that does something else. */
async function checked() {
  let factors = [1, 2];
  const compiled = backend().compile((x: tf.Tensor) => tf.mul(x, tf.tensor1d(factors)));
  const x = tf.tensor1d([1, 10]);
  backend().checkReplays = 2;
  try {
    const values: number[][] = [];
    for (let i = 0; i < 6; i++) values.push(await read(compiled(x)));
    factors = [1, 3];
    values.push(await read(compiled(x)));
    const error = await Promise.resolve()
      .then(() => compiled(x))
      .catch(({ message }: Error) => message);
    return { values, error };
  } finally {
    backend().checkReplays = 0;
  }
}

let made: Promise<boolean>;

/** Begins to make the backend, on wasm, and chooses another device meanwhile. */
async function chooseMeanwhile() {
  made = tf.setBackend("onnx");
  await setDevice("webgpu", ORT);
}

async function deviceMade() {
  await made;
  return backend().device;
}

/** Milliseconds of the same calls, with nothing else to do and while a tensor is read. */
async function timed() {
  const x = tf.randomUniform<tf.Rank.R2>([512, 512]);
  const work = () => {
    let product = x;
    for (let i = 0; i < 20; i++) product = tf.mul(tf.matMul(product, x), 0.01);
    return product;
  };
  await work().data();
  const alone = (await tf.time(() => void work())).kernelMs;
  const reading = tf.neg(x).data();
  const meanwhile = (await tf.time(() => void work())).kernelMs;
  await reading;
  return { alone, meanwhile };
}

const onAnyDevice = { reshapes, afterFailure, reshapeTwice, ones, checked, sameDevice };
Object.assign(globalThis, {
  checks: { start, ...onAnyDevice, rounds, chooseMeanwhile, deviceMade, timed },
});
