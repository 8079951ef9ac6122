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

/** Every variable's gradient of a state's first step, which momentum's slots then hold. */
const firstGradients = ({ optimizer }: TrainState) =>
  optimizer.slots.map(({ variable }) => variable.dataSync().slice());

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const dot = (x: ArrayLike<number>, y: ArrayLike<number>) =>
    Array.from(x).reduce((sum, value, i) => sum + value * y[i], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

test("every gradient in float16 points where float32's does, and twenty steps take the same course", async () => {
  const tensors = tf.memory().numTensors;
  const [whole, half] = [tinyState("float32"), tinyState("float16")];
  const [exact, rounded] = [await steps(whole, 1), await steps(half, 1)];
  assert.notEqual(rounded[0].loss, exact[0].loss);
  const [gradients, others] = [firstGradients(whole), firstGradients(half)];
  assert.ok(gradients.length > 20);
  for (const [i, gradient] of gradients.entries()) {
    const same = cosine(gradient, others[i]);
    assert.ok(same > 0.99, `${whole.optimizer.slots[i].name}: cosine ${same}`);
  }
  exact.push(...(await steps(whole, 19)));
  rounded.push(...(await steps(half, 19)));
  const [{ loss: first }] = exact;
  for (const [i, { loss }] of exact.entries()) {
    const gap = Math.abs(rounded[i].loss - loss);
    assert.ok(gap < 0.005 * first, `step ${i + 1}: ${rounded[i].loss} beside ${loss}`);
  }
  assert.ok(exact[19].loss < 0.01 * first);
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
