import assert from "node:assert/strict";
import { before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import {
  disposeTrainState,
  type HeadSampling,
  type StepHyper,
  type TrainState,
  type TrainStateOptions,
  trainStep,
} from "@amface/train";
import * as tf from "@tensorflow/tfjs-core";
import { tinyState } from "./tiny-state.ts";

before(() => tf.setBackend("onnx"));

const IDENTITIES = 12;
const HYPER = { learningRate: 0.05, weightDecay: 5e-4 };

function tinyBatch(labels = [0, 3, 11, 5]) {
  const images = tf.randomUniform<tf.Rank.R4>([4, 16, 16, 3], -1, 1, "float32", 1);
  return { images, labels: tf.tensor1d(labels, "int32") };
}

const samplingOf = (state: TrainState) => state.sampling as HeadSampling;
const close = (a: ArrayLike<number>, b: ArrayLike<number>, what: string) => {
  for (let i = 0; i < a.length; i++) assert.ok(Math.abs(a[i] - b[i]) < 1e-5, `${what}: ${a[i]}, not ${b[i]}`);
};

const CASES: [TrainStateOptions["optimizer"], Partial<TrainStateOptions>, Partial<StepHyper>][] = [
  ["momentum", {}, {}],
  ["nesterov", { loss: "adaface", emaDecay: 0.9 }, { clipNorm: 0.5, accumulateSteps: 2 }],
];
for (const [optimizer, options, hyper] of CASES) {
  test(`with ${optimizer} a sample of all identities makes the steps of the whole head`, async () => {
    const [whole, sampled] = [{}, { sampleRate: 1 }].map((rate) =>
      tinyState({ identities: IDENTITIES, optimizer, ...options, ...rate }),
    );
    const { head } = samplingOf(sampled);
    head.weights.set(tf.tidy(() => tf.transpose(whole.head_DN).dataSync()));
    const batch = tinyBatch();
    for (let i = 0; i < 3; i++) {
      const [a, b] = [
        await trainStep(whole, batch, { ...HYPER, ...hyper }),
        await trainStep(sampled, batch, { ...HYPER, ...hyper }),
      ];
      close([a.loss, a.accuracy, a.gradientNorm], [b.loss, b.accuracy, b.gradientNorm], `step ${i}`);
    }
    close(
      head.weights,
      tf.tidy(() => tf.transpose(whole.head_DN).dataSync()),
      "head",
    );
    const sampledNet = new Map(sampled.variables.map(({ name, variable }) => [name, variable]));
    for (const { name, variable } of whole.variables) {
      if (name === "head" || name === "velocity/head") continue;
      close((sampledNet.get(name) as tf.Variable).dataSync(), variable.dataSync(), name);
    }
    tf.dispose([batch.images, batch.labels]);
    for (const state of [whole, sampled]) disposeTrainState(state);
  });
}

test("a step trains the identities of its sample and leaves the others", async () => {
  const count = tf.memory().numTensors;
  const state = tinyState({ identities: IDENTITIES, sampleRate: 0.5 });
  const { head } = samplingOf(state);
  const before = head.weights.slice();
  const batch = tinyBatch();
  await trainStep(state, batch, HYPER);
  const moved = Array.from({ length: IDENTITIES }, (_, identity) => {
    const row = (values: Float32Array) => [...values.subarray(identity * 8, identity * 8 + 8)];
    const hasMoved = row(head.weights).some((value, d) => value !== row(before)[d]);
    assert.equal(
      row(head.velocities).some((value) => value !== 0),
      hasMoved,
    );
    return hasMoved;
  });
  assert.equal(moved.filter(Boolean).length, 6);
  assert.deepEqual(
    [0, 3, 11, 5].map((label) => moved[label]),
    [true, true, true, true],
  );
  tf.dispose([batch.images, batch.labels]);
  disposeTrainState(state);
  assert.equal(tf.memory().numTensors, count);
});

test("an identity that is drawn again has moved on by its momentum meanwhile", async () => {
  const state = tinyState({ identities: IDENTITIES, sampleRate: 0.5 });
  const { head } = samplingOf(state);
  const batch = tinyBatch();
  const rowOf = (values: Float32Array, identity: number) => [
    ...values.subarray(identity * 8, identity * 8 + 8),
  ];
  let seen = 0;
  for (let i = 0; i < 12; i++) {
    const [weights, velocities, steps] = [head.weights.slice(), head.velocities.slice(), head.steps.slice()];
    await trainStep(state, batch, { ...HYPER, weightDecay: 0 });
    for (let identity = 0; identity < IDENTITIES; identity++) {
      const idle = i - steps[identity];
      if (head.steps[identity] !== i + 1 || steps[identity] === 0 || idle === 0) continue;
      seen++;
      // v' = μ·μⁿv + g and w' = w − rate·(μ + … + μⁿ)·v − rate·v': what is left of w − w' is the way of n idle steps.
      const way = 0.05 * ((0.9 * (1 - 0.9 ** idle)) / 0.1);
      const [v, moved] = [rowOf(velocities, identity), rowOf(head.velocities, identity)];
      close(
        rowOf(head.weights, identity),
        rowOf(weights, identity).map((w, d) => w - way * v[d] - 0.05 * moved[d]),
        `identity ${identity} after ${idle} idle steps`,
      );
    }
  }
  assert.ok(seen > 5, `${seen}`);
  tf.dispose([batch.images, batch.labels]);
  disposeTrainState(state);
});

test("a sampled head stays as it is when a step fails, and names what it cannot do", async () => {
  const state = tinyState({ identities: IDENTITIES, sampleRate: 0.25 });
  const { head } = samplingOf(state);
  const before = head.weights.slice();
  const [good, many, wrong] = [tinyBatch([0, 0, 1, 1]), tinyBatch(), tinyBatch([0, 1, 1, 12])];
  await assert.rejects(trainStep(state, good, { ...HYPER, scale: Number.NaN }), {
    name: "NonFiniteLossError",
  });
  await assert.rejects(trainStep(state, many, HYPER), /expected 3 identities or fewer in a batch, got 4/);
  await assert.rejects(trainStep(state, wrong, HYPER), /expected labels in 0..11, got 12/);
  assert.deepEqual(head.weights, before);
  for (const { images, labels } of [good, many, wrong]) tf.dispose([images, labels]);
  disposeTrainState(state);
  assert.throws(
    () => tinyState({ identities: IDENTITIES, sampleRate: 0.5, optimizer: "adam" }),
    /optimizer momentum or nesterov, got adam/,
  );
});
