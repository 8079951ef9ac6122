import assert from "node:assert/strict";
import { before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import type { OnnxBackend } from "@amface/tfjs-backend-onnx";
import {
  disposeTrainState,
  type StepHyper,
  type TrainState,
  type TrainStateOptions,
  trainStep,
} from "@amface/train";
import * as tf from "@tensorflow/tfjs-core";
import { tinyState } from "./tiny-state.ts";

before(() => tf.setBackend("onnx"));

const HYPER = { learningRate: 0.05, weightDecay: 5e-4 };

const tinyBatch = () => ({
  images: tf.randomUniform<tf.Rank.R4>([8, 16, 16, 3], -1, 1, "float32", 1),
  labels: tf.tensor1d([0, 1, 2, 3, 0, 1, 2, 3], "int32"),
});

const values = (state: TrainState) =>
  new Map(state.variables.map(({ name, variable }) => [name, variable.dataSync().slice() as Float32Array]));
/** The largest difference between two states, as a share of the variable's largest value. */
function difference(a: ReturnType<typeof values>, b: ReturnType<typeof values>): number {
  const each = [...a].map(([name, left]) => {
    const right = b.get(name) ?? new Float32Array();
    const largest = left.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
    return left.reduce((most, value, i) => Math.max(most, Math.abs(value - right[i])), 0) / largest;
  });
  return Math.max(...each);
}

test("a batch in parts makes the same steps as the whole of it, for a net without batch normalisation", {
  timeout: 60_000,
}, async () => {
  const count = tf.memory().numTensors;
  const cases: [Partial<TrainStateOptions>, Partial<StepHyper>][] = [
    [{ optimizer: "momentum" }, {}],
    [
      { optimizer: "nesterov", loss: "adaface", centerLossFactor: 0.1, emaDecay: 0.9 },
      { clipNorm: 1, centerLossFactor: 0.1 },
    ],
  ];
  for (const [options, more] of cases) {
    const run = async (accumulateSteps: number) => {
      const [state, batch] = [tinyState({ ...options, batchNorm: false }), tinyBatch()];
      const hyper = { ...HYPER, ...more, learningRate: 0.01, accumulateSteps };
      const results = [];
      for (let i = 0; i < 2; i++) results.push(await trainStep(state, batch, hyper, { observe: i === 0 }));
      const end = values(state);
      disposeTrainState(state);
      tf.dispose([batch.images, batch.labels]);
      return { results, end };
    };
    const [whole, parts] = [await run(1), await run(4)];
    const gap = difference(whole.end, parts.end);
    assert.ok(gap < 1e-4, `${gap}`);
    for (const [i, { details: a, ...one }] of whole.results.entries()) {
      const { details: b, ...other } = parts.results[i];
      for (const [name, value] of Object.entries(one)) {
        const got = other[name as keyof typeof other] ?? Number.NaN;
        assert.ok(Math.abs(value - got) <= 1e-4 * Math.abs(value), `${name} ${i}: ${value} ${got}`);
      }
      for (const name of i === 0
        ? (["targetAngles", "otherAngles", "gradientNorms", "weightNorms"] as const)
        : []) {
        const [left, right] = [a?.[name] ?? [], b?.[name] ?? []];
        assert.ok(left.length > 0 && left.length === right.length, name);
        assert.ok(
          left.every((value, j) => Math.abs(value - right[j]) <= 1e-3 * (1 + Math.abs(value))),
          name,
        );
      }
    }
  }
  assert.equal(tf.memory().numTensors, count);
});

test("steps in parts, observed or with everything on compile no model after their first", {
  timeout: 60_000,
}, async () => {
  const [state, batch] = [
    tinyState({ optimizer: "adam", loss: "adaface", centerLossFactor: 0.1, emaDecay: 0.9 }),
    tinyBatch(),
  ];
  const hyper = {
    ...HYPER,
    learningRate: 1e-3,
    accumulateSteps: 4,
    clipNorm: 1,
    centerLossFactor: 0.1,
  };
  const backend = tf.backend() as OnnxBackend;
  backend.spinning = false; // or other processes that begin or end would have models compiled again
  const counts: string[] = [];
  for (let i = 0; i < 6; i++) {
    await trainStep(state, batch, { ...hyper, learningRate: 1e-3 / (i + 1) });
    counts.push(`${tf.memory().numTensors} ${backend.compilations}`);
  }
  assert.equal(new Set(counts.slice(1)).size, 1, counts.join("; "));
  disposeTrainState(state);
  tf.dispose([batch.images, batch.labels]);
});

test("a batch that does not split evenly is refused, and nothing changes", { timeout: 60_000 }, async () => {
  const [state, batch] = [tinyState({}), tinyBatch()];
  const old = values(state);
  await assert.rejects(trainStep(state, batch, { ...HYPER, accumulateSteps: 3 }), {
    name: "RangeError",
    message: /expected a multiple of 3 photos, got 8/,
  });
  assert.deepEqual(values(state), old);
  disposeTrainState(state);
  tf.dispose([batch.images, batch.labels]);
});

test("clipNorm cuts the gradient of all variables together to a length, and leaves shorter ones", {
  timeout: 60_000,
}, async () => {
  const batch = tinyBatch();
  const moved = async (clipNorm?: number) => {
    const state = tinyState({ optimizer: "sgd" });
    const old = values(state);
    const { gradientNorm } = await trainStep(state, batch, { ...HYPER, learningRate: 0.5, clipNorm });
    const now = values(state);
    const squares = state.trainable.flatMap(({ name }) =>
      [...(now.get(name) ?? [])].map((value, i) => ((value - (old.get(name) ?? [])[i]) / 0.5) ** 2),
    );
    disposeTrainState(state);
    return { gradientNorm, length: Math.sqrt(squares.reduce((sum, x) => sum + x, 0)), now };
  };
  const free = await moved();
  assert.ok(free.gradientNorm > 1, `${free.gradientNorm}`);
  const cut = await moved(0.25);
  assert.ok(Math.abs(cut.length - 0.25) < 1e-3, `${cut.length}`);
  assert.equal(cut.gradientNorm, free.gradientNorm);
  assert.deepEqual((await moved(1e6)).now, free.now);
  tf.dispose([batch.images, batch.labels]);
});

test("emaDecay averages weights and moving statistics, fast in the first steps", {
  timeout: 60_000,
}, async () => {
  const [state, batch] = [tinyState({ emaDecay: 0.25 }), tinyBatch()];
  const names = state.variables
    .map(({ name }) => name)
    .filter((name) => /^average.(stage1|embedding)/.test(name));
  assert.ok(
    names.includes("average/stage1/down/kernel") && names.some((name) => name.endsWith("moving_mean")),
  );
  const of = (all: ReturnType<typeof values>, name: string) => [
    ...(all.get(name.replace("average/", "net/")) ?? []),
  ];
  const expected = new Map(names.map((name) => [name, of(values(state), name)]));
  for (let step = 0; step < 4; step++) {
    await trainStep(state, batch, HYPER);
    const now = values(state);
    const keep = [0.1, 2 / 11, 0.25, 0.25][step];
    for (const [name, old] of expected) {
      const next = of(now, name).map((value, i) => keep * old[i] + (1 - keep) * value);
      expected.set(name, next);
      const got = now.get(name) ?? [];
      assert.ok(
        next.every((value, i) => Math.abs(got[i] - value) < 1e-6 * (1 + Math.abs(value))),
        name,
      );
    }
  }
  assert.equal(state.evaluated, state.average?.net);
  disposeTrainState(state);
  tf.dispose([batch.images, batch.labels]);
});

test("a loss that is not finite leaves averages, centres, lengths and slots as they were, in whatever part it comes", {
  timeout: 60_000,
}, async () => {
  const [state, batch] = [
    tinyState({ optimizer: "adam", loss: "adaface", centerLossFactor: 0.1, emaDecay: 0.9 }),
    tinyBatch(),
  ];
  const hyper = { ...HYPER, learningRate: 1e-3, accumulateSteps: 2, centerLossFactor: 0.1 };
  await trainStep(state, batch, hyper);
  const old = values(state);
  const count = tf.memory().numTensors;
  for (const row of [0, 7]) {
    const pixels = batch.images.dataSync().slice();
    pixels[row * 16 * 16 * 3] = Number.NaN;
    const images = tf.tensor4d(pixels, [8, 16, 16, 3]);
    await assert.rejects(trainStep(state, { images, labels: batch.labels }, hyper), {
      name: "NonFiniteLossError",
    });
    images.dispose();
    assert.deepEqual(values(state), old);
  }
  assert.equal(tf.memory().numTensors, count);
  disposeTrainState(state);
  tf.dispose([batch.images, batch.labels]);
});
