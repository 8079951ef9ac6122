import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import "@tensorflow/tfjs-backend-cpu";
import { Random } from "@amface/data";
import { createNet } from "@amface/nets";
import {
  createTrainState,
  disposeTrainState,
  OPTIMIZER_NAMES,
  Optimizer,
  type OptimizerName,
  type OptimizerSettings,
  type TrainState,
  trainStep,
} from "@amface/train";
import * as tf from "@tensorflow/tfjs-core";
import { REFERENCES, SETTINGS } from "./reference-optimizers.ts";

before(() => tf.setBackend("onnx"));

/** The weights after each step that an optimizer makes with these gradients. */
function follow(
  name: OptimizerName,
  settings: OptimizerSettings,
  { start, gradients, rates, weightDecay = 0 }: Followed,
): number[][] {
  const variable = tf.tidy(() => tf.variable(tf.tensor1d(start)));
  const weight = { name: "w", variable };
  const optimizer = new Optimizer(name, settings, [weight], [weight]);
  const path = gradients.map((gradient, i) => {
    const updates = tf.tidy(() =>
      optimizer.updates([tf.tensor1d(gradient)], { learningRate: rates[i], step: i + 1, weightDecay }),
    );
    for (const { variable, next } of updates) variable.assign(next);
    tf.dispose(updates.map(({ next }) => next));
    return Array.from(variable.dataSync());
  });
  optimizer.dispose();
  variable.dispose();
  return path;
}

interface Followed {
  readonly start: number[];
  readonly gradients: number[][];
  readonly rates: number[];
  readonly weightDecay?: number;
}

function assertNear(got: number[][], expected: number[][], what: string): void {
  got.forEach((values, step) => {
    values.forEach((value, i) => {
      const wanted = expected[step][i];
      const message = `${what}, step ${step + 1}, ${i}: ${value}, expected ${wanted}`;
      assert.ok(Math.abs(value - wanted) <= 2e-6 * Math.max(1, Math.abs(wanted)), message);
    });
  });
}

for (const backend of ["onnx", "cpu"]) {
  test(`every optimizer makes PyTorch's steps with its defaults, on ${backend}`, async () => {
    await tf.setBackend(backend);
    const file = join(import.meta.dirname, "..", "golden", "torch-optimizers.json");
    const { steps, ...followed } = JSON.parse(await readFile(file, "utf8"));
    for (const name of OPTIMIZER_NAMES) {
      const settings = name === "adagrad" ? { initialAccumulator: 0.1 } : {};
      const got = follow(name, settings, { ...followed, weightDecay: name === "adamw" ? 0.1 : 0 });
      assertNear(got, steps[name], name);
    }
    const gliding = follow("rmsprop", { rho: 0.9, momentum: 0.9 }, followed);
    assertNear(gliding, steps["rmsprop with momentum"], "rmsprop with momentum");
    await tf.setBackend("onnx");
  });
}

test("every optimizer follows its published update for 20 steps, in float64, with any hyper-parameters", () => {
  const count = tf.memory().numTensors;
  const random = new Random("optimizers");
  const drawn = (n: number, scale: number) =>
    Array.from({ length: n }, () => Math.fround(scale * random.uniform(-1, 1)));
  const start = drawn(8, 2);
  const gradients = Array.from({ length: 20 }, (_, i) => drawn(8, i % 7 === 3 ? 0 : 1));
  const rates = gradients.map((_, i) => 0.05 / (1 + 0.1 * i));
  const { weightDecay } = SETTINGS;
  for (const name of OPTIMIZER_NAMES) {
    const weights = start.map((w) => ({ w, slots: { v: 0, m: 0, s: 0, d: 0 } }));
    const expected = gradients.map((gradient, step) =>
      weights.map((at, i) => {
        at.w = REFERENCES[name](at.w, gradient[i], rates[step], step + 1, at.slots);
        return at.w;
      }),
    );
    const decay = name === "adamw" ? weightDecay : 0;
    assertNear(follow(name, SETTINGS, { start, gradients, rates, weightDecay: decay }), expected, name);
  }
  assert.equal(tf.memory().numTensors, count);
});

test("an optimizer names its slots after its variables, and decays only what it is told to", () => {
  const variables = ["a", "b"].map((name) => ({ name, variable: tf.variable(tf.ones([2])) }));
  const slots = OPTIMIZER_NAMES.map((name) => {
    const optimizer = new Optimizer(name, {}, variables, variables.slice(0, 1));
    optimizer.dispose();
    return optimizer.slots.map(({ name }) => name).join(" ");
  });
  const moments = "moment1/a moment1/b moment2/a moment2/b";
  assert.deepEqual(slots, [
    "velocity/a velocity/b",
    "velocity/a velocity/b",
    "",
    moments,
    moments,
    "square/a square/b",
    "accumulator/a accumulator/b",
    "square/a square/b delta/a delta/b",
  ]);
  const adamw = new Optimizer("adamw", {}, variables, variables.slice(0, 1));
  const zeros = variables.map(() => tf.zeros([2]));
  const updates = adamw.updates(zeros, { learningRate: 0.1, step: 1, weightDecay: 0.5 });
  const [a, , , b] = updates.map(({ next }) => next.dataSync()[0]);
  assert.deepEqual([a, b], [Math.fround(0.95), 1]);
  tf.dispose([updates.map(({ next }) => next), zeros, variables.map(({ variable }) => variable)]);
  adamw.dispose();
});

const values = (state: TrainState) => state.variables.map(({ variable }) => Array.from(variable.dataSync()));

for (const optimizer of OPTIMIZER_NAMES) {
  test(`trainStep() with ${optimizer} lowers the loss, and a loss that is not finite changes nothing`, {
    timeout: 60_000,
  }, async () => {
    const count = tf.memory().numTensors;
    const net = createNet("resface-small", { imageSize: [16, 16], embeddingSize: 8, seed: 1 });
    const state = createTrainState(net, 4, { optimizer, seed: 1 });
    const images = tf.randomUniform<tf.Rank.R4>([8, 16, 16, 3], -1, 1, "float32", 1);
    const labels = tf.tensor1d([0, 1, 2, 3, 0, 1, 2, 3], "int32");
    const hyper = { learningRate: 0.01, margin: 0.35, scale: 30, weightDecay: 5e-4 };
    if (optimizer === "adadelta") hyper.learningRate = 1;
    const first = await trainStep(state, { images, labels }, hyper);
    for (let i = 0; i < 3; i++) await trainStep(state, { images, labels }, hyper);
    const old = values(state);
    const nan = tf.tidy(() => tf.mul<tf.Tensor4D>(images, Number.NaN));
    await assert.rejects(trainStep(state, { images: nan, labels }, hyper), { name: "NonFiniteLossError" });
    assert.deepEqual(values(state), old);
    const last = await trainStep(state, { images, labels }, hyper);
    assert.ok(last.crossEntropy < first.crossEntropy, `${first.crossEntropy} ${last.crossEntropy}`);
    // With decay of its own, the loss has no penalty.
    assert.equal(last.loss === last.crossEntropy, optimizer === "adamw");
    disposeTrainState(state);
    tf.dispose([images, labels, nan]);
    assert.equal(tf.memory().numTensors, count);
  });
}
