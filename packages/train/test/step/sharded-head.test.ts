import assert from "node:assert/strict";
import { before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import type { Communicator } from "@amface/mpi";
import {
  disposeTrainState,
  Optimizer,
  type StateVariable,
  type StepHyper,
  type StepResult,
  type TrainBatch,
  type TrainState,
  type TrainStateOptions,
  trainStep,
} from "@amface/train";
import * as tf from "@tensorflow/tfjs-core";
import { shareOf } from "../../src/processes/share.ts";
import { createShards, disposeShards, type HeadShards, ownerOf } from "../../src/step/head-shards.ts";
import { localProcesses } from "../local-processes.ts";
import { tinyState } from "./tiny-state.ts";

before(() => tf.setBackend("onnx"));

const IDENTITIES = 13;
const SIZE = 8;
const PHOTOS = 16;

function tinyBatch(withTeacher: boolean): TrainBatch {
  return {
    images: tf.randomUniform<tf.Rank.R4>([PHOTOS, 32, 32, 3], -1, 1, "float32", 1),
    labels: tf.tensor1d([0, 3, 12, 5, 3, 7, 9, 1, 2, 11, 10, 6, 4, 8, 3, 0], "int32"),
    ...(withTeacher && { teacher: tf.randomNormal<tf.Rank.R2>([PHOTOS, SIZE], 0, 1, "float32", 2) }),
  };
}

/** The rows of a batch that one process reads. */
function ownBatch({ images, labels, teacher }: TrainBatch, total: number, process: Communicator): TrainBatch {
  const { first, count } = shareOf(total, process);
  const [from, rows] = [(first * PHOTOS) / total, (count * PHOTOS) / total];
  return {
    images: tf.slice(images, from, rows),
    labels: tf.clone(labels),
    ...(teacher && { teacher: tf.slice(teacher, from, rows) }),
  };
}

/** Puts the columns of a head into the blocks that a process has. */
function setBlocks({ blocks }: HeadShards, head_DN: tf.Tensor2D): void {
  for (const { first, weights_Dn } of blocks)
    tf.tidy(() => weights_Dn.assign(tf.slice(head_DN, [0, first], weights_Dn.shape)));
}

const shardsOf = (state: TrainState) => state.shards as HeadShards;
const joined = (states: readonly TrainState[]) =>
  tf.tidy(() => {
    const blocks = states.flatMap((state) => shardsOf(state).blocks.map(({ weights_Dn }) => weights_Dn));
    return tf.concat(blocks as tf.Tensor2D[], 1).dataSync();
  });

/** To 1e-5, where there are numbers above 1 of the largest. */
const close = (a: ArrayLike<number>, b: ArrayLike<number>, what: string) => {
  assert.equal(a.length, b.length, what);
  const most = Array.from(b).reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  for (let i = 0; i < a.length; i++)
    assert.ok(Math.abs(a[i] - b[i]) < 1e-5 * most, `${what}: ${a[i]}, not ${b[i]}`);
};

/** Makes steps in so many processes with shares of one head. */
async function stepsIn(
  processes: readonly Communicator[],
  options: Partial<TrainStateOptions>,
  hyper: StepHyper,
  head_DN: tf.Tensor2D,
  batch: TrainBatch,
  steps: number,
) {
  const { accumulateSteps = 1 } = hyper;
  const states = processes.map((process) =>
    tinyState({
      identities: IDENTITIES,
      size: 32,
      ...options,
      head: "sharded",
      accumulateSteps,
      processes: process,
    }),
  );
  for (const state of states) setBlocks(shardsOf(state), head_DN);
  const results: StepResult[][] = [];
  for (let i = 0; i < steps; i++) {
    const made = processes.map(async (process, rank) => {
      const own = ownBatch(batch, accumulateSteps, process);
      const result = await trainStep(states[rank], own, hyper, { processes: process, observe: true });
      tf.dispose([own.images, own.labels, own.teacher ?? []]);
      return result;
    });
    results.push(await Promise.all(made));
  }
  return { states, results };
}

const HYPER = { learningRate: 1e-4, scale: 8, weightDecay: 5e-4 };
const CASES: [string, Partial<TrainStateOptions>, Partial<StepHyper>, boolean][] = [
  ["am-softmax, momentum", {}, {}, false],
  ["arcface, momentum, clipped", { loss: "arcface" }, { accumulateSteps: 2, clipNorm: 0.5 }, false],
  [
    "adaface, nesterov",
    { loss: "adaface", optimizer: "nesterov", emaDecay: 0.9 },
    { accumulateSteps: 2, learningRate: 2e-5 },
    false,
  ],
  [
    "magface, triplets, momentum",
    { loss: "magface" },
    { accumulateSteps: 2, learningRate: 2e-5, lowerLength: 1, tripletLossFactor: 0.5 },
    false,
  ],
  [
    "combined, adamw",
    { loss: "combined", optimizer: "adamw" },
    { accumulateSteps: 4, learningRate: 1e-6 },
    false,
  ],
  ["a teacher beside it", { loss: "normalised-softmax" }, { accumulateSteps: 2, lossWeight: 0.5 }, true],
];
for (const [name, options, more, withTeacher] of CASES) {
  test(`a sharded head makes the steps of the whole one: ${name}`, async () => {
    const before = tf.memory().numTensors;
    const hyper = { ...HYPER, ...more };
    const { accumulateSteps = 1 } = hyper;
    const batch = tinyBatch(withTeacher);
    const whole = tinyState({ identities: IDENTITIES, size: 32, ...options });
    const head_DN = tf.tidy(() => tf.clone(whole.head_DN));
    const expected: StepResult[] = [];
    for (let i = 0; i < 3; i++) expected.push(await trainStep(whole, batch, hyper, { observe: true }));
    let bits: string | undefined;
    for (const size of new Set([1, Math.min(3, accumulateSteps)])) {
      const { states, results } = await stepsIn(localProcesses(size), options, hyper, head_DN, batch, 3);
      for (const [i, made] of results.entries()) {
        const { details, ...scalars } = made[0];
        const { details: wanted, ...numbers } = expected[i];
        for (const [name, number] of Object.entries(numbers))
          close([scalars[name as keyof typeof scalars] ?? 0], [number], `${name} of step ${i}`);
        // Of cosines near 1 the angle has half of the digits.
        close(details!.targetAngles.map(Math.cos), wanted!.targetAngles.map(Math.cos), "target angles");
        close(details!.otherAngles.map(Math.cos), wanted!.otherAngles.map(Math.cos), "other angles");
        for (const other of made) assert.deepEqual(other, made[0]);
      }
      close(joined(states), whole.head_DN.dataSync(), "head");
      const variables = new Map(whole.variables.map(({ name, variable }) => [name, variable]));
      for (const { name, variable } of states[0].variables)
        close(variable.dataSync(), (variables.get(name) as tf.Variable).dataSync(), name);
      const all = states[0].variables.map(({ variable }) => String(variable.dataSync()));
      const now = JSON.stringify([all, String(joined(states)), results.map(([first]) => first)]);
      bits ??= now;
      assert.ok(now === bits, `${size} processes give other bits than one`);
      for (const state of states) disposeTrainState(state);
    }
    disposeTrainState(whole);
    tf.dispose([head_DN, batch.images, batch.labels, batch.teacher ?? []]);
    assert.equal(tf.memory().numTensors, before);
  });
}

test("blocks start alike whatever the number of processes and blocks, and a process holds its share", () => {
  const heads = [1, 3].map((blocks) => {
    const states = localProcesses(blocks).map((process) =>
      tinyState({
        identities: IDENTITIES,
        size: 32,
        head: "sharded",
        accumulateSteps: blocks,
        processes: process,
      }),
    );
    const sizes = states.map(({ head_DN }) => head_DN.shape[1]);
    if (blocks === 3) assert.deepEqual(sizes, [4, 4, 5]);
    const head = joined(states);
    for (const state of states) disposeTrainState(state);
    return head;
  });
  assert.deepEqual(heads[0], heads[1]);
  assert.throws(
    () => tinyState({ identities: IDENTITIES, size: 32, head: "sharded", accumulateSteps: 14 }),
    /expected as many identities as micro-batches or more, .* got 13 identities, accumulateSteps 14/,
  );
});

test("a large head lies in more blocks than there are micro-batches, as many for each process", () => {
  const optimizerOf = (block: StateVariable) => new Optimizer("momentum", {}, [block], [block]);
  const sizes = { embeddingSize: 4, identities: 100, microBatches: 4, seed: 1 };
  const shards = localProcesses(2).map((process) =>
    createShards({ ...sizes, largest: 40, processes: process }, optimizerOf),
  );
  for (const { blocks, total } of shards) {
    assert.equal(total, 12);
    assert.deepEqual(
      blocks.map(({ weights_Dn }) => weights_Dn.shape),
      [8, 8, 9, 8, 8, 9].map((n) => [4, n]),
    );
  }
  const first = shards.flatMap(({ blocks }) => blocks);
  for (let identity = 0; identity < 100; identity++) {
    const { index, first: start } = ownerOf(identity, shards[0]);
    assert.equal(first[index].first, start);
    assert.ok(identity >= start && identity < start + first[index].weights_Dn.shape[1]);
  }
  for (const one of shards) disposeShards(one);
});

test("blocks stay as they are when a step fails", async () => {
  const state = tinyState({ identities: IDENTITIES, size: 32, head: "sharded", accumulateSteps: 2 });
  const before = joined([state]);
  const batch = tinyBatch(false);
  const hyper = { ...HYPER, accumulateSteps: 2 };
  await assert.rejects(trainStep(state, batch, { ...hyper, scale: Number.NaN }), {
    name: "NonFiniteLossError",
  });
  assert.deepEqual(joined([state]), before);
  const wrong = {
    ...batch,
    labels: tf.tensor1d([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 1, 13], "int32"),
  };
  await assert.rejects(trainStep(state, wrong, hyper), /expected each in 0..12, got 13 in row 15/);
  tf.dispose([batch.images, batch.labels, wrong.labels]);
  disposeTrainState(state);
});
