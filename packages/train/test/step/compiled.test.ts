import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { CompiledFunction, OnnxBackend } from "@amface/tfjs-backend-onnx";
import "@amface/tfjs-backend-onnx";
import { createNet } from "@amface/nets";
import {
  createTrainState,
  disposeTrainState,
  LOSS_NAMES,
  NonFiniteLossError,
  type StepHyper,
  type TrainState,
  type TrainStateOptions,
  trainStep,
} from "@amface/train";
import * as tf from "@tensorflow/tfjs-core";
import { slow } from "../../../../test/slow.ts";

let backend: OnnxBackend;
before(async () => {
  await tf.setBackend("onnx");
  backend = tf.backend() as OnnxBackend;
});

interface Case {
  readonly options?: Partial<TrainStateOptions>;
  readonly hyper?: Partial<StepHyper>;
  /** Photos without labels, and a teacher. */
  readonly taught?: boolean;
  readonly keepProbability?: number;
}

const CASES: Readonly<Record<string, Case>> = {
  "AM-Softmax with clipping, averages and dropout": {
    options: { emaDecay: 0.9 },
    hyper: { clipNorm: 0.5 },
    keepProbability: 0.5,
  },
  AdaFace: { options: { loss: "adaface" } },
  "SphereFace with Adam": { options: { loss: "sphereface", optimizer: "adam" } },
  "plain softmax with centres and Nesterov momentum": {
    options: { loss: "softmax", optimizer: "nesterov", centerLossFactor: 0.1 },
    hyper: { centerLossFactor: 0.1 },
  },
  "ArcFace in float16": { options: { loss: "arcface", precision: "float16" } },
  "a sampled head": { options: { sampleRate: 0.5 } },
  "micro-batches with AdaFace, averages and dropout": {
    options: { loss: "adaface", emaDecay: 0.9 },
    hyper: { accumulateSteps: 2, clipNorm: 1 },
    keepProbability: 0.5,
  },
  "a sharded head": { options: { head: "sharded", accumulateSteps: 2 }, hyper: { accumulateSteps: 2 } },
  "a teacher with AdamW": { options: { optimizer: "adamw" }, taught: true },
};

function start({ options, keepProbability = 1 }: Case): TrainState {
  const net = createNet("resface-small", {
    ...{ imageSize: [16, 16], embeddingSize: 8, seed: 1, keepProbability },
  });
  return createTrainState(net, 16, { seed: 1, ...options });
}

/** Everything that a step tells and changes, in bits. */
const bits = (values: Float32Array) => [...new Uint32Array(values.slice().buffer)];
const stateBits = ({ variables, sampling }: TrainState) => [
  ...variables.map(({ name, variable }) => [name, bits(variable.dataSync() as Float32Array)]),
  ...(sampling ? [bits(sampling.head.weights), bits(sampling.head.velocities)] : []),
];

async function steps(state: TrainState, { hyper, taught }: Case, from: number, to: number) {
  const told: unknown[] = [];
  for (let i = from; i < to; i++) {
    const images = tf.randomUniform<tf.Rank.R4>([8, 16, 16, 3], -1, 1, "float32", i + 1);
    const labels = tf.tensor1d([0, 5, 2, 3, i % 16, 7, 1, 12].slice(0, taught ? 6 : 8), "int32");
    const teacher = taught ? tf.randomNormal<tf.Rank.R2>([8, 8], 0, 1, "float32", i + 50) : undefined;
    const given = { learningRate: 0.05 / (i + 1), weightDecay: 5e-4, ...hyper };
    // The margin is another from the 13th step on, as by a warm-up that ends.
    const margin = i < 12 ? {} : { scale: 20 };
    const observe = i % 5 === 4;
    told.push(await trainStep(state, { images, labels, teacher }, { ...given, ...margin }, { observe }));
    tf.dispose([images, labels, teacher ?? []]);
  }
  return told;
}

/** Runs `f` while the backend has no `compile`, so that every step runs TensorFlow.js's code. */
async function withoutReplays<T>(f: () => Promise<T>): Promise<T> {
  Object.defineProperty(backend, "compile", { value: undefined, configurable: true });
  try {
    return await f();
  } finally {
    delete (backend as Partial<OnnxBackend>).compile;
  }
}

/** Runs `f`, and gives all functions that are compiled meanwhile. */
async function compiledIn(f: () => Promise<unknown>) {
  const made: CompiledFunction<never[], unknown>[] = [];
  Object.defineProperty(backend, "compile", {
    value: (g: (...args: never[]) => unknown) => {
      const compiled = Object.getPrototypeOf(backend).compile.call(backend, g);
      made.push(compiled);
      return compiled;
    },
    configurable: true,
  });
  try {
    await f();
  } finally {
    delete (backend as Partial<OnnxBackend>).compile;
  }
  return made;
}

/** The others take up to five seconds each. */
const QUICK = ["AdaFace", "a sampled head"];

for (const [name, given] of Object.entries(CASES)) {
  const skip = slow() || QUICK.includes(name) ? false : "slow: run with AMFACE_SLOW=1";
  test(`trainStep() replays ${name}: twenty steps give the same bits as without`, {
    skip,
    timeout: 300_000,
  }, async () => {
    const [replayed, plain] = [start(given), start(given)];
    let told: unknown[] = [];
    const compiled = await compiledIn(async () => {
      told = await steps(replayed, given, 0, 20);
    });
    assert.ok(compiled.length > 0);
    for (const { replays, refusal } of compiled) assert.ok(replays >= 8, `${replays}, ${refusal}`);
    const expected = await withoutReplays(() => steps(plain, given, 0, 20));
    assert.deepEqual(told, expected);
    assert.deepEqual(stateBits(replayed), stateBits(plain));
    disposeTrainState(replayed);
    disposeTrainState(plain);
  });
}

test("a scale that is fixed stays 1, in micro-batches too, and steps of its net are replayed", async () => {
  const net = createNet("iresnet18", { imageSize: [16, 16], embeddingSize: 8, seed: 1 });
  const state = createTrainState(net, 16, { seed: 1 });
  const fixed = state.variables.find(({ name }) => name === "net/embedding/bn/gamma");
  for (const accumulateSteps of [1, 2]) {
    const compiled = await compiledIn(() => steps(state, { hyper: { accumulateSteps } }, 0, 4));
    for (const { replays, refusal } of compiled) assert.ok(replays >= 2, `${replays}, ${refusal}`);
    assert.deepEqual([...(fixed?.variable.dataSync() ?? [])], new Array(8).fill(1));
  }
  disposeTrainState(state);
});

test("trainStep() takes up a state whose variables were assigned, as a resumed run does", async () => {
  const given = CASES["AM-Softmax with clipping, averages and dropout"];
  const state = start(given);
  await steps(state, given, 0, 5);
  const saved = state.variables.map(({ variable }) => variable.dataSync().slice());
  const expected = await steps(state, given, 5, 10);
  state.step = 5;
  for (const [i, { variable }] of state.variables.entries())
    tf.tidy(() => variable.assign(tf.tensor(saved[i], variable.shape)));
  assert.deepEqual(await steps(state, given, 5, 10), expected);
  disposeTrainState(state);
});

test("every step that could be replayed does the same when it is recorded once more", {
  timeout: 300_000,
}, async () => {
  backend.checkReplays = 1;
  try {
    for (const name of slow() ? Object.keys(CASES) : QUICK) {
      const given = CASES[name];
      const state = start(given);
      await steps(state, given, 0, 6);
      disposeTrainState(state);
    }
  } finally {
    backend.checkReplays = 0;
  }
});

const ALL_LOSSES = Object.fromEntries(
  LOSS_NAMES.map((loss): [string, Case] => [
    loss,
    {
      options: { loss, centerLossFactor: 0.1, emaDecay: 0.9 },
      hyper: { centerLossFactor: 0.1, tripletLossFactor: 0.5, clipNorm: 1 },
    },
  ]),
);

for (const [loss, given] of Object.entries(ALL_LOSSES)) {
  const skip = slow() || loss === "magface" ? false : "slow: run with AMFACE_SLOW=1";
  test(`steps with ${loss}, triplets, centres, an average and clipping do the same whatever their number`, {
    skip,
    timeout: 300_000,
  }, async () => {
    backend.checkReplays = 1;
    const state = start(given);
    try {
      const compiled = await compiledIn(() => steps(state, given, 0, 3));
      assert.deepEqual(
        compiled.map(({ refusal }) => refusal),
        [undefined],
      );
    } finally {
      backend.checkReplays = 0;
      disposeTrainState(state);
    }
  });
}

test("a replayed step whose loss is not finite changes nothing, and tensors do not pile up", async () => {
  const given = CASES.AdaFace;
  const state = start(given);
  await steps(state, given, 0, 3);
  const [count, values] = [tf.memory().numTensors, stateBits(state)];
  const bad = tf.fill<tf.Rank.R4>([8, 16, 16, 3], Number.NaN);
  const labels = tf.tensor1d([0, 1, 2, 3, 4, 5, 6, 7], "int32");
  const step = trainStep(state, { images: bad, labels }, { learningRate: 0.1, weightDecay: 0 });
  await assert.rejects(step, NonFiniteLossError);
  tf.dispose([bad, labels]);
  assert.deepEqual(stateBits(state), values);
  await steps(state, given, 3, 12);
  assert.equal(tf.memory().numTensors, count);
  const images = tf.zeros<tf.Rank.R4>([8, 16, 16, 3]);
  images.dispose();
  const gone = tf.tensor1d([0, 1, 2, 3, 4, 5, 6, 7], "int32");
  await assert.rejects(trainStep(state, { images, labels: gone }, { learningRate: 0.1, weightDecay: 5e-4 }));
  gone.dispose();
  disposeTrainState(state);
});

test("a micro-batch that cannot be computed leaves no tensors, not even its dropout's noise and its loss's numbers", async () => {
  const given: Case = {
    options: { loss: "sphereface" },
    hyper: { accumulateSteps: 2 },
    keepProbability: 0.5,
  };
  const state = start(given);
  await steps(state, given, 0, 1);
  const images = tf.zeros<tf.Rank.R4>([8, 16, 16, 4]);
  const labels = tf.tensor1d([0, 1, 2, 3, 4, 5, 6, 7], "int32");
  const count = tf.memory().numTensors;
  const step = trainStep(state, { images, labels }, { learningRate: 0.1, weightDecay: 0, ...given.hyper });
  await assert.rejects(step, /expected axis 3 of input shape to have value 3/);
  assert.equal(tf.memory().numTensors, count);
  tf.dispose([images, labels]);
  disposeTrainState(state);
});
