import assert from "node:assert/strict";
import { before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { createNet } from "@amface/nets";
import {
  createTrainState,
  disposeTrainState,
  type StepHyper,
  type StepResult,
  type TrainState,
  trainStep,
} from "@amface/train";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";

before(() => tf.setBackend("onnx"));

const HYPER = { learningRate: 0.005, weightDecay: 5e-4, clipNorm: 2 };
const BATCH = 8;

function tinyState(precision: "float32" | "float16"): TrainState {
  const net = createNet("resface-small", { imageSize: [16, 16], embeddingSize: 8, seed: 1 });
  return createTrainState(net, 4, { seed: 1, precision });
}

async function steps(state: TrainState, count: number, hyper: StepHyper = HYPER): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (let i = 0; i < count; i++) {
    const images = tf.randomUniform<tf.Rank.R4>([BATCH, 16, 16, 3], -1, 1, "float32", 1);
    const labels = tf.tensor1d(
      Array.from({ length: BATCH }, (_, j) => j % 4),
      "int32",
    );
    results.push(await trainStep(state, { images, labels }, hyper, { observe: true }));
    tf.dispose([images, labels]);
  }
  return results;
}

const scaleOf = ({ lossScale_1 }: TrainState) => lossScale_1?.dataSync()[0];

test("twenty steps in float16 take float32's course: losses to half a percent of the first, first gradients to five", async () => {
  const tensors = tf.memory().numTensors;
  const [whole, half] = [tinyState("float32"), tinyState("float16")];
  const [exact, rounded] = [await steps(whole, 20), await steps(half, 20)];
  assert.notEqual(rounded[0].loss, exact[0].loss);
  const [{ loss: first }] = exact;
  for (const [i, { loss }] of exact.entries()) {
    const gap = Math.abs(rounded[i].loss - loss);
    assert.ok(gap < 0.005 * first, `step ${i + 1}: ${rounded[i].loss} beside ${loss}`);
  }
  assert.ok(exact[19].loss < 0.01 * first);
  const [lengths, halves] = [exact[0], rounded[0]].map(({ details }) => details?.gradientNorms ?? []);
  assert.ok(lengths.length > 20);
  const largest = Math.max(...lengths);
  for (const [i, length] of lengths.entries())
    assert.ok(
      Math.abs(halves[i] - length) <= 0.05 * length + 1e-5 * largest,
      `gradient ${i}: ${halves[i]} beside ${length}`,
    );
  const scale = scaleOf(half) as number;
  assert.ok(scale >= 256 && scale <= 2 ** 15, `${scale}`);
  assert.equal(scaleOf(whole), undefined);
  for (const state of [whole, half]) disposeTrainState(state);
  assert.equal(tf.memory().numTensors, tensors);
});

test("gradients too small for float16 vanish without the loss's factor, and not with it", async () => {
  const lengths = async (precision: "float32" | "float16", factor: number) => {
    const state = tinyState(precision);
    state.lossScale_1?.assign(tf.tensor1d([factor]));
    const [{ details }] = await steps(state, 1, { ...HYPER, weightDecay: 0, scale: 1e-6 });
    disposeTrainState(state);
    return details?.gradientNorms ?? new Float32Array();
  };
  const exact = await lengths("float32", 1);
  const furthest = async (factor: number) =>
    Math.max(...(await lengths("float16", factor)).map((length, i) => Math.abs(length / exact[i] - 1)));
  assert.equal(await furthest(1), 1);
  assert.ok((await furthest(2 ** 15)) < 0.05);
});

test("where a gradient overflows, the loss's factor is halved until the step can be made, and the step is the same", async () => {
  const [usual, high] = [tinyState("float16"), tinyState("float16")];
  high.lossScale_1?.assign(tf.tensor1d([2 ** 24]));
  const [[expected], [got]] = [await steps(usual, 1), await steps(high, 1)];
  assert.ok((scaleOf(high) as number) < 2 ** 24);
  assert.equal(scaleOf(high), scaleOf(usual));
  assert.deepEqual(got, expected);
  assert.equal(high.step, 1);
  const names = high.variables.map(({ name }) => name);
  assert.ok(names.includes("loss-scale"), "a checkpoint holds it");
  for (const state of [usual, high]) disposeTrainState(state);
});

test("a gradient that is infinite with any factor is an error, and leaves the factor as it was", async () => {
  const state = tinyState("float16");
  await assert.rejects(steps(state, 1, { ...HYPER, weightDecay: 1e33 }), {
    name: "NonFiniteLossError",
    message: /gradient of length (Infinity|NaN) .*lower the learning rate, or train in float32$/,
  });
  assert.equal(scaleOf(state), 2 ** 15);
  assert.equal(state.step, 0);
  disposeTrainState(state);
});

test("the loss's factor is doubled after every thousand steps", async () => {
  const state = tinyState("float16");
  await steps(state, 1);
  const scale = scaleOf(state) as number;
  state.step = 998;
  await steps(state, 1);
  assert.equal(scaleOf(state), scale);
  await steps(state, 1);
  assert.equal(scaleOf(state), 2 * scale);
  disposeTrainState(state);
});

test("a backend without float16 is refused before anything is trained", async () => {
  await tf.setBackend("cpu");
  assert.throws(
    () => tinyState("float16"),
    /Cannot compute in float16 on the backend cpu: expected onnx, of @amface\/tfjs-backend-onnx/,
  );
  assert.throws(
    () => tinyState("bfloat16" as "float16"),
    /Cannot train in bfloat16: expected one of float32, float16/,
  );
  await tf.setBackend("onnx");
});
