import assert from "node:assert/strict";
import { before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { cosineLogits } from "@amface/loss";
import { createNet } from "@amface/nets";
import {
  createTrainState,
  disposeTrainState,
  NonFiniteLossError,
  type TrainState,
  trainStep,
} from "@amface/train";
import * as tf from "@tensorflow/tfjs-core";

before(() => tf.setBackend("onnx"));

const HYPER = { learningRate: 0.05, margin: 0.35, scale: 30, weightDecay: 0 };

async function tinyState(
  options: { batchNorm?: boolean; keepProbability?: number } = {},
): Promise<TrainState> {
  const net = createNet("resface-small", { imageSize: [16, 16], embeddingSize: 8, seed: 1, ...options });
  return createTrainState(net, 4, { momentum: 0.9, seed: 1 });
}

function tinyBatch(seed = 1) {
  const images = tf.randomUniform<tf.Rank.R4>([8, 16, 16, 3], -1, 1, "float32", seed);
  return { images, labels: tf.tensor1d([0, 1, 2, 3, 0, 1, 2, 3], "int32") };
}

const values = (state: TrainState) => state.variables.map(({ variable }) => Array.from(variable.dataSync()));

test("trainStep() overfits one batch: the margin loss goes to 0", { timeout: 60_000 }, async () => {
  const [state, batch] = [await tinyState(), tinyBatch()];
  const first = await trainStep(state, batch, HYPER);
  assert.ok(first.crossEntropy > 5, `${first.crossEntropy}`);
  let last = first;
  for (let i = 0; i < 25; i++) last = await trainStep(state, batch, HYPER);
  assert.ok(last.crossEntropy < 0.01, `${last.crossEntropy}`);
  assert.equal(last.accuracy, 1);
  assert.ok(last.targetCosine > 0.6, `${last.targetCosine}`);
  assert.equal(state.step, 26);
  disposeTrainState(state);
  tf.dispose([batch.images, batch.labels]);
});

test("trainStep() moves by momentum gradient descent: v = 0.9 v + g + decay w, w = w - rate v", async () => {
  const batch = tinyBatch();
  // Of two steps, the second one's change of the head follows from the first one's where the gradient is only
  // the decay: with margin 0 and a scale near 0 the cross-entropy does not depend on the weights.
  const state = await tinyState();
  const hyper = { learningRate: 0.1, margin: 0, scale: 1e-12, weightDecay: 0.5 };
  const w0 = state.head_DN.dataSync()[0];
  await trainStep(state, batch, hyper);
  const w1 = w0 - 0.1 * 0.5 * w0;
  assert.ok(Math.abs(state.head_DN.dataSync()[0] - w1) < 1e-7);
  await trainStep(state, batch, { ...hyper, learningRate: 0.2 });
  const w2 = w1 - 0.2 * (0.9 * 0.5 * w0 + 0.5 * w1);
  assert.ok(Math.abs(state.head_DN.dataSync()[0] - w2) < 1e-7);
  disposeTrainState(state);
  tf.dispose([batch.images, batch.labels]);
});

test("trainStep() decays kernels and the head, and nothing else", async () => {
  for (const batchNorm of [true, false]) {
    const state = await tinyState({ batchNorm });
    assert.deepEqual(
      state.decayed.map(({ name }) => name),
      [
        ...[1, 2, 3, 4].flatMap((s) => [
          `net/stage${s}/down/kernel`,
          `net/stage${s}/unit1/conv1/kernel`,
          `net/stage${s}/unit1/conv2/kernel`,
        ]),
        "net/embedding/kernel",
        "head",
      ],
    );
    const decayed = new Set(state.decayed.map(({ variable }) => variable.name));
    const rest = state.trainable.filter(({ variable }) => !decayed.has(variable.name));
    const kinds = new Set(rest.map(({ name }) => name.split("/").at(-1)));
    assert.deepEqual([...kinds].sort(), batchNorm ? ["alpha", "beta", "gamma"] : ["alpha", "bias"]);
    disposeTrainState(state);
  }
});

test("trainStep() measures accuracy and cosine without the margin, and loss with decay", async () => {
  const [state, batch] = [await tinyState(), tinyBatch()];
  const embeddings = tf.tidy(() =>
    (state.net.model.apply(batch.images, { training: true }) as tf.Tensor2D).arraySync(),
  );
  const head = state.head_DN.arraySync();
  const labels = await batch.labels.array();
  const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i], 0);
  const columns = head[0].map((_, n) => head.map((row) => row[n]));
  const cosines = embeddings.map((e) => columns.map((w) => dot(e, w) / Math.sqrt(dot(e, e) * dot(w, w))));
  const right = cosines.filter((row, i) => row.indexOf(Math.max(...row)) === labels[i]).length;
  const penalty = state.decayed
    .flatMap(({ variable }) => Array.from(variable.dataSync()))
    .reduce((sum, w) => sum + 0.25 * w * w, 0);

  const scalars = await trainStep(state, batch, { ...HYPER, weightDecay: 0.5 });
  assert.equal(scalars.accuracy, right / 8);
  const mean = cosines.reduce((sum, row, i) => sum + row[labels[i]] / 8, 0);
  assert.ok(Math.abs(scalars.targetCosine - mean) < 1e-5, `${scalars.targetCosine}, expected ${mean}`);
  assert.ok(Math.abs(scalars.loss - scalars.crossEntropy - penalty) < 1e-3 * penalty);
  disposeTrainState(state);
  tf.dispose([batch.images, batch.labels]);
});

test("trainStep() tells on demand the angles of the batch and the norms of every variable", async () => {
  const batch = tinyBatch();
  const net = createNet("resface-small", { imageSize: [16, 16], embeddingSize: 8, seed: 1 });
  const state = createTrainState(net, 4, { optimizer: "sgd", seed: 1 });
  const cosines = tf.tidy(() => {
    const embeddings = net.model.apply(batch.images, { training: true }) as tf.Tensor2D;
    return cosineLogits(embeddings, state.head_DN).arraySync();
  });
  const labels = await batch.labels.array();
  const length = (values: readonly number[]) => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));
  const old = state.trainable.map(({ variable }) => Array.from(variable.dataSync()));
  const hyper = { ...HYPER, learningRate: 0.5 };
  const { details, ...scalars } = await trainStep(state, batch, hyper, { observe: true });
  assert.ok(details);
  const near = (got: ArrayLike<number>, expected: readonly number[], what: string) => {
    assert.equal(got.length, expected.length, what);
    expected.forEach((value, i) => {
      const close = Math.abs(got[i] - value) <= 1e-3 * Math.abs(value) + 1e-5;
      assert.ok(close, `${what} ${i}: ${got[i]}, expected ${value}`);
    });
  };
  const own = cosines.map((row, i) => Math.acos(row[labels[i]]));
  near(details.targetAngles, own, "target angle");
  const others = cosines.map((row, i) => Math.acos(Math.max(...row.filter((_, n) => n !== labels[i]))));
  near(details.otherAngles, others, "other angle");
  near(details.weightNorms, old.map(length), "weight norm");
  // A step of gradient descent is the gradient, times the rate.
  const moved = state.trainable.map(({ variable }, i) =>
    length(Array.from(variable.dataSync(), (value, j) => (old[i][j] - value) / 0.5)),
  );
  near(details.gradientNorms, moved, "gradient norm");
  near([scalars.gradientNorm], [length(moved)], "norm of all");
  const { details: none } = await trainStep(state, batch, hyper);
  assert.equal(none, undefined);
  disposeTrainState(state);
  tf.dispose([batch.images, batch.labels]);
});

test("trainStep() leaves weights, velocities and statistics as they were where the loss is not finite", async () => {
  const [state, batch] = [await tinyState(), tinyBatch()];
  await trainStep(state, batch, HYPER);
  const old = values(state);
  const images = tf.tidy(() => tf.mul<tf.Tensor4D>(batch.images, Number.NaN));
  const count = tf.memory().numTensors;
  await assert.rejects(trainStep(state, { images, labels: batch.labels }, HYPER), (error) => {
    assert.ok(error instanceof NonFiniteLossError);
    assert.deepEqual([error.step, error.loss, error.learningRate], [2, Number.NaN, 0.05]);
    assert.match(error.message, /training step 2: expected a finite loss, got NaN at learning rate 0.05/);
    return true;
  });
  assert.deepEqual(values(state), old);
  assert.equal(state.step, 1);
  const labels = tf.tensor1d([0, 1, 2, 9, 0, 1, 2, 3], "int32");
  await assert.rejects(trainStep(state, { images: batch.images, labels }, HYPER), {
    name: "RangeError",
    message: /expected each in 0..3, got 9 in row 3/,
  });
  assert.deepEqual(values(state), old);
  labels.dispose();
  assert.equal(tf.memory().numTensors, count);
  disposeTrainState(state);
  tf.dispose([batch.images, batch.labels, images]);
});

test("trainStep() keeps the number of tensors, and disposeTrainState() frees all of them", async () => {
  const count = tf.memory().numTensors;
  const [state, batch] = [await tinyState({ keepProbability: 0.5 }), tinyBatch()];
  await trainStep(state, batch, HYPER);
  const after = tf.memory().numTensors;
  for (let i = 0; i < 3; i++) await trainStep(state, batch, { ...HYPER, learningRate: 0.01 * i + 0.01 });
  assert.equal(tf.memory().numTensors, after);
  disposeTrainState(state);
  tf.dispose([batch.images, batch.labels]);
  assert.equal(tf.memory().numTensors, count);
});

test("trainStep() is repeatable, dropout included, and draws another mask at every step", async () => {
  const run = async (step: number) => {
    const [state, batch] = [await tinyState({ keepProbability: 0.5 }), tinyBatch()];
    state.step = step;
    await trainStep(state, batch, HYPER);
    const result = values(state);
    disposeTrainState(state);
    tf.dispose([batch.images, batch.labels]);
    return result;
  };
  const first = await run(0);
  assert.deepEqual(await run(0), first);
  assert.notDeepEqual(await run(1), first);
});
