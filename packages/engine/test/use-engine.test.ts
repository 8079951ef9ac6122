import assert from "node:assert/strict";
import { test } from "node:test";
import { ENGINES, type Engine, probeEngine, useEngine } from "@amface/engine";
import * as tf from "@tensorflow/tfjs";

const missing: Engine = {
  ...{ name: "tensorflow", device: "gpu", trains: true },
  what: "a native binding",
  load: () => Promise.reject(new Error("expected CUDA, got none")),
};
const plain: Engine = {
  ...{ name: "cpu", device: "cpu", trains: true },
  what: "plain JavaScript",
  load: async () => {},
};
const inferenceOnly: Engine = { ...plain, trains: false, what: "no gradients" };
const engines = [missing, plain];

test("engines are tried in the order: tensorflow and onnx on GPUs, then onnx and tensorflow on the processor, wasm, cpu", () => {
  assert.deepEqual(
    ENGINES.map(({ name, device }) => `${name}:${device}`),
    [
      ...["tensorflow:gpu", "onnx:cuda", "onnx:webgpu", "onnx:cpu", "tensorflow:cpu"],
      ...["wasm:cpu", "cpu:cpu"],
    ],
  );
});

test("useEngine() takes the first engine that loads and says why the ones before it do not", async () => {
  const choice = await useEngine(undefined, { engines });
  assert.equal(tf.getBackend(), "cpu");
  assert.equal(choice.name, "cpu");
  assert.match(choice.reason, /plain JavaScript, the fastest that works here/);
  assert.deepEqual(choice.rejected, [
    { name: "tensorflow", device: "gpu", reason: "expected CUDA, got none" },
  ]);
});

test("useEngine() asked for an engine that cannot load fails with that engine's reason", async () => {
  await assert.rejects(
    useEngine("tensorflow:gpu", { engines }),
    /engine tensorflow:gpu.*\n.*expected CUDA, got none/,
  );
});

test("useEngine() refuses a name that no engine has and lists the names", async () => {
  await assert.rejects(useEngine("abacus", { engines }), {
    name: "RangeError",
    message: "Cannot use engine abacus: expected one of tensorflow:gpu, cpu:cpu",
  });
});

test("useEngine() tells an engine whether its device was asked for", async () => {
  const asked: boolean[] = [];
  const watched: Engine = { ...plain, load: async (options) => void asked.push(options.asked) };
  for (const request of [undefined, "cpu", "cpu:cpu"]) await useEngine(request, { engines: [watched] });
  assert.deepEqual(asked, [false, false, true]);
});

test("useEngine() for training passes over engines without gradients, and refuses one that is asked for", async () => {
  const choice = await useEngine(undefined, { training: true, engines: [inferenceOnly, plain] });
  assert.equal(choice.rejected.length, 1);
  await assert.rejects(
    useEngine("wasm", { training: true }),
    /Cannot start engine wasm:\n {2}wasm:cpu cannot train: .* train with onnx/,
  );
});

test("useEngine() by itself finds an engine that can train", async () => {
  const { name } = await useEngine(undefined, { training: true });
  assert.ok(["tensorflow", "onnx"].includes(name), name);
});

test("wasm convolves, and multiplies in the way that cpu does", async () => {
  const product = async (engine: string) => {
    await useEngine(engine);
    return tf.tidy(() => {
      const images = tf.randomNormal<tf.Rank.R4>([1, 6, 5, 3], 0, 1, "float32", 1);
      const filter = tf.randomNormal<tf.Rank.R4>([3, 3, 3, 2], 0, 1, "float32", 2);
      return [...tf.conv2d(images, filter, 2, "same").dataSync()];
    });
  };
  const [wasm, cpu] = [await product("wasm"), await product("cpu")];
  for (const [i, value] of cpu.entries()) assert.ok(Math.abs(value - wasm[i]) < 1e-5);
});

test("probeEngine() computes and measures on an engine that works, and gives the reason of one that does not", async () => {
  const works = await probeEngine(plain, 0.05);
  assert.ok(works.works && works.byDefault);
  assert.ok(works.speed!.matMul > 0 && works.speed!.conv2d > 0);
  const broken = await probeEngine(missing);
  assert.deepEqual(
    [broken.works, broken.byDefault, broken.reason],
    [false, false, "expected CUDA, got none"],
  );
});

test("probeEngine() tells an engine that works only where it is asked for", async () => {
  const software: Engine = {
    ...plain,
    load: async ({ asked }) => {
      if (!asked) throw new Error("expected a GPU");
    },
  };
  const { works, byDefault, reason } = await probeEngine(software);
  assert.deepEqual([works, byDefault, reason], [true, false, "expected a GPU"]);
});
