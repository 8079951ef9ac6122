import assert from "node:assert/strict";
import { before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import {
  disposeTrainState,
  TEACHER_LOSSES,
  type TeacherLossName,
  type TrainBatch,
  trainStep,
} from "@amface/train";
import * as tf from "@tensorflow/tfjs-core";
import { tinyState } from "./tiny-state.ts";

before(() => tf.setBackend("onnx"));

const NAMES = Object.keys(TEACHER_LOSSES) as TeacherLossName[];
const HYPER = { learningRate: 0.05, weightDecay: 0 };

/** Twelve photos, the first eight of them with labels, and a teacher's embeddings. */
const taughtBatch = () => ({
  images: tf.randomUniform<tf.Rank.R4>([12, 16, 16, 3], -1, 1, "float32", 1),
  labels: tf.tensor1d([0, 1, 2, 3, 0, 1, 2, 3], "int32"),
  teacher: tf.randomUniform<tf.Rank.R2>([12, 8], -1, 1, "float32", 2),
});

const disposeBatch = (batch: TrainBatch) => tf.dispose([batch.images, batch.labels, batch.teacher]);

const unit = (row: number[]) => row.map((value) => value / Math.hypot(...row));
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i], 0);

/** By the losses' equations, in float64. */
const DISTANCES: Record<TeacherLossName, (student: number[][], teacher: number[][]) => number> = {
  cosine: (student, teacher) => mean(student.map((row, b) => 1 - dot(unit(row), unit(teacher[b])))),
  "smooth-l1": (student, teacher) =>
    mean(
      student.flatMap((row, b) =>
        unit(row).map((value, d) => {
          const apart = Math.abs(value - unit(teacher[b])[d]) * Math.sqrt(row.length);
          return apart < 1 ? apart ** 2 / 2 : apart - 0.5;
        }),
      ),
    ),
};

for (const teacherLoss of NAMES) {
  test(`a step adds the distance ${teacherLoss} of all photos to the margin loss of those with labels, and learns`, {
    timeout: 60_000,
  }, async () => {
    const count = tf.memory().numTensors;
    const [state, batch] = [tinyState({ optimizer: "adam" }), taughtBatch()];
    const embeddings = tf.tidy(
      () =>
        (state.net.model.apply(batch.images, { training: true }) as tf.Tensor2D).arraySync() as number[][],
    );
    const teacher = batch.teacher.arraySync();
    const hyper = { ...HYPER, learningRate: 0.01, lossWeight: 0.1, teacherLoss, teacherWeight: 7 };
    const first = await trainStep(state, batch, hyper, { observe: true });
    const distance = DISTANCES[teacherLoss](embeddings, teacher);
    const expected = 0.1 * first.crossEntropy + 7 * distance;
    assert.ok(Math.abs(first.loss - expected) < 1e-4 * expected, `${first.loss}, expected ${expected}`);
    const cosine = 1 - DISTANCES.cosine(embeddings, teacher);
    assert.ok(Math.abs((first.teacherCosine ?? 2) - cosine) < 1e-5, `${first.teacherCosine} ${cosine}`);
    assert.equal(first.details?.targetAngles.length, 8);
    let last = first;
    for (let i = 0; i < 15; i++) last = await trainStep(state, batch, hyper);
    assert.ok((last.teacherCosine ?? 0) > 0.8, `${first.teacherCosine} to ${last.teacherCosine}`);
    assert.ok(last.crossEntropy < first.crossEntropy, `${first.crossEntropy} to ${last.crossEntropy}`);
    disposeTrainState(state);
    disposeBatch(batch);
    assert.equal(tf.memory().numTensors, count);
  });
}

test("the gradient of either distance, beside a margin loss, is the slope that finite differences find", {
  timeout: 60_000,
}, async () => {
  const batch = taughtBatch();
  for (const teacherLoss of NAMES) {
    for (const lossWeight of [0, 0.3]) {
      const hyper = { weightDecay: 0.01, lossWeight, teacherLoss, teacherWeight: 5 };
      const lossAfter = async (learningRate: number) => {
        const state = tinyState({ optimizer: "sgd" });
        const { gradientNorm } = await trainStep(state, batch, { ...hyper, learningRate });
        const { loss } = await trainStep(state, batch, { ...hyper, learningRate });
        disposeTrainState(state);
        return { loss, square: gradientNorm ** 2 };
      };
      // Along its own gradient a loss falls by the gradient's square.
      const { square } = await lossAfter(0);
      const rate = 0.01 / square;
      const slope = ((await lossAfter(-rate)).loss - (await lossAfter(rate)).loss) / (2 * rate);
      assert.ok(
        Math.abs(slope - square) < 0.02 * square,
        `${teacherLoss}, ${lossWeight}: ${slope}, ${square}`,
      );
    }
  }
  disposeBatch(batch);
});

test("at lossWeight 0 the head stays, and labels decide nothing", async () => {
  const weights = async (labels: number[]) => {
    const [state, batch] = [tinyState(), taughtBatch()];
    const before = state.head_DN.dataSync().slice();
    const other = { ...batch, labels: tf.tensor1d(labels, "int32") };
    for (let i = 0; i < 2; i++) await trainStep(state, other, { ...HYPER, lossWeight: 0, teacherWeight: 5 });
    assert.deepEqual(state.head_DN.dataSync(), before);
    const all = state.trainable.map(({ variable }) => variable.dataSync().slice());
    disposeTrainState(state);
    disposeBatch(batch);
    other.labels.dispose();
    return all;
  };
  assert.deepEqual(await weights([0, 1, 2, 3, 0, 1, 2, 3]), await weights([3, 3, 3, 0, 1, 1, 2, 0]));
});

test("parts of a batch share its photos without labels, and make the same step as the whole of it", async () => {
  const run = async (accumulateSteps: number) => {
    const [state, batch] = [tinyState({ batchNorm: false, centerLossFactor: 0.1 }), taughtBatch()];
    const hyper = { ...HYPER, learningRate: 0.01, teacherWeight: 5, centerLossFactor: 0.1, accumulateSteps };
    const result = await trainStep(state, batch, hyper);
    const values = state.variables.map(({ variable }) => variable.dataSync().slice() as Float32Array);
    disposeTrainState(state);
    disposeBatch(batch);
    return { result, values };
  };
  const [whole, parts] = [await run(1), await run(4)];
  for (const name of ["loss", "crossEntropy", "teacherCosine", "gradientNorm"] as const) {
    const [a = 0, b = 1] = [whole.result[name], parts.result[name]];
    assert.ok(Math.abs(a - b) < 1e-4 * Math.abs(a), `${name}: ${a} ${b}`);
  }
  for (const [i, values] of whole.values.entries()) {
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
    const apart = values.map((value, j) => Math.abs(value - parts.values[i][j]));
    const most = apart.reduce((most, gap) => Math.max(most, gap), 0);
    assert.ok(most < 1e-4 * largest, `${i}: ${most}`);
  }
});

test("float16 takes the same course with a teacher as float32", { timeout: 60_000 }, async () => {
  const hyper = { learningRate: 0.005, weightDecay: 5e-4, clipNorm: 2, teacherWeight: 5 };
  const run = async (precision: "float32" | "float16") => {
    const [state, batch] = [tinyState({ precision }), taughtBatch()];
    const results = [];
    for (let i = 0; i < 4; i++) results.push(await trainStep(state, batch, hyper));
    disposeTrainState(state);
    disposeBatch(batch);
    return results;
  };
  const [whole, half] = [await run("float32"), await run("float16")];
  assert.notEqual(half[0].loss, whole[0].loss);
  for (const [i, { loss, teacherCosine = 0 }] of whole.entries()) {
    assert.ok(Math.abs(half[i].loss - loss) < 0.01 * whole[0].loss, `${i}: ${half[i].loss} ${loss}`);
    assert.ok(Math.abs((half[i].teacherCosine ?? 2) - teacherCosine) < 0.01, `${i}: ${teacherCosine}`);
  }
});

test("trainStep() refuses photos without labels where there is no teacher, and batches that do not split", async () => {
  const count = tf.memory().numTensors;
  const [state, batch] = [tinyState(), taughtBatch()];
  const { teacher: _, ...untaught } = batch;
  await assert.rejects(trainStep(state, untaught, HYPER), {
    name: "RangeError",
    message: /8 labels for 12 rows/,
  });
  await assert.rejects(trainStep(state, batch, { ...HYPER, accumulateSteps: 8 }), {
    name: "RangeError",
    message: /expected a multiple of 8 photos, got 4/,
  });
  disposeTrainState(state);
  disposeBatch(batch);
  assert.equal(tf.memory().numTensors, count);
});
