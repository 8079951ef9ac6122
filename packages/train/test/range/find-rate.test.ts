import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { findRate, PRESETS, rateSentence, type TrainConfigInput, train } from "@amface/train";
import * as tf from "@tensorflow/tfjs-core";
import { meanOf } from "../../src/range/find-rate.ts";
import { tinyRun } from "../tiny-faces.ts";

let dir: string;
let remove: () => Promise<void>;
let config: TrainConfigInput;
before(async () => {
  ({ dir, remove, config } = await tinyRun(9, 4, {
    validationIdentities: 4,
    validationPairs: 16,
    tensorboard: false,
  }));
});
after(() => remove());

test("findRate() trains a step a rate, from the first to the last by one factor, and leaves no tensor and no file", {
  timeout: 60_000,
}, async () => {
  const files = await readdir(dir);
  await findRate(config, { steps: 20 }); // what the backend keeps from its first step on
  const before = tf.memory().numTensors;
  const told: number[] = [];
  const { points, diverged } = await findRate(config, {
    ...{ from: 1e-4, to: 1e-2, steps: 21, tests: 1, onStep: (done) => told.push(done) },
  });
  assert.equal(tf.memory().numTensors, before);
  assert.deepEqual(await readdir(dir), files);
  assert.equal(diverged, false);
  assert.deepEqual(
    told,
    points.map((_, i) => i + 1),
  );
  for (const [i, { rate }] of points.entries()) assert.ok(Math.abs(rate / 10 ** (-4 + i / 10) - 1) < 1e-9);
});

test("findRate() sees the first batches, weights and losses of a training, whatever the config says of rates and length", {
  timeout: 60_000,
}, async () => {
  const odd = { ...config, learningRateSchedule: "0: 0.3, 5: -1", maxNrofEpochs: 1, patience: 2 };
  const { points } = await findRate(odd, { from: 1e-6, to: 1e-5, steps: 20, tests: 1 });
  const losses: number[] = [];
  const runDir = join(dir, "run");
  await train(
    { ...config, learningRate: 1e-6, maxSteps: 1 },
    { runDir, onStep: ({ loss }) => void losses.push(loss) },
  );
  assert.equal(points[0].loss, losses[0]);
  // A preset's warm-up, length and schedule play no part either.
  const { dataDir, imageSize, batchSize, embeddingSize } = config;
  const preset = {
    ...PRESETS.cpu.config,
    dataDir,
    imageSize,
    batchSize,
    embeddingSize,
    validationIdentities: 0,
  };
  assert.equal((await findRate(preset as TrainConfigInput, { steps: 20 })).points.length, 20);
});

test("findRate() ends where the loss leaves its course, or is not finite", { timeout: 60_000 }, async () => {
  const { points, diverged } = await findRate(
    { ...config, loss: "softmax", clipNorm: undefined },
    { from: 1, to: 1e9, steps: 60, tests: 1 },
  );
  assert.equal(diverged, true);
  assert.ok(points.length < 60, `${points.length}`);
  assert.ok(points.every(({ loss }) => Number.isFinite(loss)));
});

test("findRate() learns from a teacher too, whose embeddings it leaves nowhere", {
  timeout: 60_000,
}, async () => {
  const teacher = join(dir, "teacher");
  await train({ ...config, maxSteps: 1 }, { runDir: teacher });
  const files = await readdir(teacher);
  const { points } = await findRate({ ...config, teacher, lossWeight: 0 }, { steps: 20, tests: 1 });
  // 30 · (1 − cosine) and the weights' penalty: no cross-entropy.
  assert.ok(points[0].loss > 5 && points[0].loss < 60, `${points[0].loss}`);
  assert.deepEqual(await readdir(teacher), files);
});

test("findRate() takes the mean of several tests, each from a seed of its own", {
  timeout: 60_000,
}, async () => {
  const range = { from: 1e-4, to: 1e-2, steps: 20 };
  const flat = { ...config, validationIdentities: 0 };
  const seeds = [config.seed ?? 0, (config.seed ?? 0) + 1];
  const single = [];
  for (const seed of seeds) single.push((await findRate({ ...flat, seed }, { ...range, tests: 1 })).points);
  const { points } = await findRate(flat, { ...range, tests: 2 });
  assert.notDeepEqual(single[0], single[1]);
  for (const [i, { loss }] of points.entries())
    assert.equal(loss, (single[0][i].loss + single[1][i].loss) / 2);
});

test("findRate() stopped in its second test gives the whole first one, and says that it was stopped", {
  timeout: 60_000,
}, async () => {
  const range = { from: 1e-4, to: 1e-2, steps: 20 };
  const flat = { ...config, validationIdentities: 0 };
  const { stopped, ...first } = await findRate(flat, { ...range, tests: 1 });
  assert.equal(stopped, false);
  const until = async (steps: number, tests = 2) => {
    const stop = new AbortController();
    const onStep = (done: number) => done === steps && stop.abort();
    return await findRate(flat, { ...range, tests, signal: stop.signal, onStep });
  };
  assert.deepEqual(await until(23), { ...first, stopped: true });
  const begun = await until(3);
  assert.deepEqual([begun.stopped, begun.points], [true, first.points.slice(0, 3)]);
  assert.match(rateSentence(begun), /stopped before all tests were done/);
  assert.equal((await until(20, 1)).stopped, false, "nothing was left to do");
});

test("meanOf() takes each rate's mean over the tests that came so far, also where one had no finite loss at all", () => {
  const test = (...losses: number[]) => losses.map((loss, i) => ({ rate: 10 ** i, loss }));
  assert.deepEqual(meanOf([test(1, 2), test(3, 4, 5)]), test(2, 3, 5));
  assert.deepEqual(meanOf([test(), test(3, 4)]), test(3, 4));
  assert.deepEqual(meanOf([test(3, 4), test()]), test(3, 4));
  assert.deepEqual(meanOf([test()]), []);
});

test("findRate() refuses rates that do not rise, and too few steps", async () => {
  await assert.rejects(findRate(config, { from: 1, to: 2 }), /at least ten times as much, got 1 to 2/);
  await assert.rejects(findRate(config, { steps: 10 }), /expected 20 steps or more, got 10/);
  await assert.rejects(findRate({ ...config, scale: -1 }), { name: "ConfigError" });
});
