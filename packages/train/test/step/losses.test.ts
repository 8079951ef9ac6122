import assert from "node:assert/strict";
import { before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import { createNet } from "@amface/nets";
import {
  createTrainState,
  disposeTrainState,
  LOSS_NAMES,
  LOSSES,
  type LossName,
  resolveConfig,
  type TrainState,
  type TrainStateOptions,
  trainStep,
} from "@amface/train";
import * as tf from "@tensorflow/tfjs-core";

before(() => tf.setBackend("onnx"));

const LABELS = [0, 1, 2, 3, 0, 1, 2, 3];
const HYPER = { learningRate: 0.05, weightDecay: 0 };

function tinyState(options: Partial<TrainStateOptions>): TrainState {
  const net = createNet("resface-small", { imageSize: [16, 16], embeddingSize: 8, seed: 1 });
  return createTrainState(net, 4, { seed: 1, ...options });
}

const tinyBatch = () => ({
  images: tf.randomUniform<tf.Rank.R4>([8, 16, 16, 3], -1, 1, "float32", 1),
  labels: tf.tensor1d(LABELS, "int32"),
});

interface Row {
  /** Cosine, angle and inner product with the class weights. */
  readonly cos: number;
  readonly angle: number;
  readonly dot: number;
  /** Length of the embedding. */
  readonly length: number;
  /** Lengths of all embeddings of the batch. */
  readonly all: readonly number[];
}

/** Logits of the own identity and of another by the papers, in float64, in the first step. */
const PAPERS: Record<LossName, [own: (row: Row) => number, other: (row: Row) => number]> = {
  "am-softmax": [({ cos }) => 30 * (cos - 0.35), ({ cos }) => 30 * cos],
  softmax: [({ dot }) => dot, ({ dot }) => dot],
  "normalised-softmax": [({ cos }) => 30 * cos, ({ cos }) => 30 * cos],
  sphereface: [
    ({ cos, angle, length }) => {
      const k = Math.floor((4 * angle) / Math.PI);
      const psi = (-1) ** k * Math.cos(4 * angle) - 2 * k;
      return (length * (1000 * cos + psi)) / 1001; // λ starts at 1000
    },
    ({ cos, length }) => length * cos,
  ],
  arcface: [
    ({ cos, angle }) => 64 * (angle + 0.5 > Math.PI ? cos - 0.5 * Math.sin(0.5) : Math.cos(angle + 0.5)),
    ({ cos }) => 64 * cos,
  ],
  combined: [({ angle }) => 64 * (Math.cos(angle + 0.3) - 0.2), ({ cos }) => 64 * cos],
  adaface: [
    ({ angle, length, all }) => {
      const mean = all.reduce((sum, x) => sum + x / all.length, 0);
      const deviation = Math.sqrt(all.reduce((sum, x) => sum + (x - mean) ** 2 / (all.length - 1), 0));
      // The batch counts already for a hundredth of the statistics.
      const offset = length - (0.99 * 20 + 0.01 * mean);
      const quality = Math.max(-1, Math.min(1, (offset / (99 + 0.01 * deviation + 1e-3)) * 0.333));
      return 64 * (Math.cos(angle - 0.4 * quality) - 0.4 * quality - 0.4);
    },
    ({ cos }) => 64 * cos,
  ],
  magface: [
    ({ angle, length }) => {
      const m = 0.45 + (0.35 * (Math.min(110, Math.max(10, length)) - 10)) / 100;
      return 64 * (angle + m > Math.PI ? Math.cos(angle) - m * Math.sin(m) : Math.cos(angle + m));
    },
    ({ cos }) => 64 * cos,
  ],
};

/** Embeddings of the batch by the batch's own statistics, and the head's columns. */
function embedded(state: TrainState, images: tf.Tensor4D): { embeddings: number[][]; columns: number[][] } {
  return tf.tidy(() => ({
    embeddings: (state.net.model.apply(images, { training: true }) as tf.Tensor2D).arraySync(),
    columns: tf.transpose<tf.Tensor2D>(state.head_DN).arraySync(),
  }));
}

const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i], 0);

for (const loss of LOSS_NAMES) {
  test(`trainStep() with ${loss} has its paper's loss at first, and overfits one batch`, {
    timeout: 60_000,
  }, async () => {
    const count = tf.memory().numTensors;
    const [state, batch] = [tinyState({ loss, optimizer: "adam" }), tinyBatch()];
    const { embeddings, columns } = embedded(state, batch.images);
    const [own, other] = PAPERS[loss];
    const all = embeddings.map((x) => Math.sqrt(dot(x, x)));
    const losses = embeddings.map((x, i) => {
      const logits = columns.map((w, n) => {
        const length = all[i];
        const cos = dot(x, w) / length / Math.sqrt(dot(w, w));
        const row = { cos, angle: Math.acos(cos), dot: dot(x, w), length, all };
        return n === LABELS[i] ? own(row) : other(row);
      });
      return Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0)) - logits[LABELS[i]];
    });
    const expected = losses.reduce((sum, value) => sum + value / losses.length, 0);
    const hyper = { ...HYPER, learningRate: 0.01 };
    const first = await trainStep(state, batch, hyper);
    assert.ok(
      Math.abs(first.crossEntropy - expected) < 1e-4 * expected,
      `${first.crossEntropy}, expected ${expected}`,
    );
    let last = first;
    for (let i = 0; i < 10; i++) last = await trainStep(state, batch, hyper);
    assert.ok(last.crossEntropy < 0.3 * first.crossEntropy, `${first.crossEntropy} ${last.crossEntropy}`);
    assert.equal(last.accuracy, 1);
    disposeTrainState(state);
    tf.dispose([batch.images, batch.labels]);
    assert.equal(tf.memory().numTensors, count);
  });
}

test("the gradient of every loss, with center loss, triplets and decay, is the slope that finite differences find", {
  timeout: 60_000,
}, async () => {
  // Along its own gradient a loss falls by the gradient's square. What a step moves besides weights is held still, but for
  // AdaFace's lengths, which move by a hundredth.
  const still = {
    weightDecay: 0.01,
    centerLossFactor: 0.5,
    centerLossAlfa: 1,
    annealingGamma: 0,
    annealingBase: 5,
    lowerLength: 1,
    tripletLossFactor: 0.3,
  };
  const batch = tinyBatch();
  const lossAfter = async (loss: LossName, learningRate: number) => {
    const state = tinyState({ loss, optimizer: "sgd", centerLossFactor: 0.5 });
    const { gradientNorm } = await trainStep(state, batch, { ...still, learningRate });
    const { loss: value } = await trainStep(state, batch, { ...still, learningRate });
    disposeTrainState(state);
    return { value, square: gradientNorm ** 2 };
  };
  for (const loss of LOSS_NAMES) {
    const { square } = await lossAfter(loss, 0);
    const rate = 0.01 / square;
    const [below, above] = [await lossAfter(loss, rate), await lossAfter(loss, -rate)];
    const slope = (above.value - below.value) / (2 * rate);
    assert.ok(Math.abs(slope - square) < 0.02 * square, `${loss}: ${slope}, gradient's square ${square}`);
  }
  tf.dispose([batch.images, batch.labels]);
});

test("trainStep() adds the triplet loss of normalised embeddings times its factor, which alone separates people too", async () => {
  const [state, batch] = [tinyState({ optimizer: "adam" }), tinyBatch()];
  const { embeddings } = embedded(state, batch.images);
  const unit = embeddings.map((x) => x.map((value) => value / Math.sqrt(dot(x, x))));
  const squared = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + (x - b[i]) ** 2, 0);
  const rows = unit.map((x, a) => {
    const to = (same: boolean) =>
      unit.flatMap((y, b) => (a !== b && (LABELS[a] === LABELS[b]) === same ? [squared(x, y)] : []));
    return Math.max(0, Math.max(...to(true)) - Math.min(...to(false)) + 0.5);
  });
  const expected = rows.reduce((sum, row) => sum + row / rows.length, 0);
  const hyper = { ...HYPER, learningRate: 0.01, lossWeight: 0, tripletLossFactor: 3, tripletLossMargin: 0.5 };
  const { loss } = await trainStep(state, batch, hyper);
  assert.ok(Math.abs(loss - 3 * expected) < 1e-4, `${loss}, expected ${3 * expected}`);
  let last = loss;
  for (let i = 0; i < 20; i++) last = (await trainStep(state, batch, hyper)).loss;
  assert.ok(last < 0.1 * loss, `${loss} ${last}`);
  disposeTrainState(state);
  tf.dispose([batch.images, batch.labels]);
});

test("adaface keeps mean and deviation of the embeddings' lengths in the state", async () => {
  const [state, batch] = [tinyState({ loss: "adaface" }), tinyBatch()];
  const lengths = embedded(state, batch.images).embeddings.map((x) => Math.sqrt(dot(x, x)));
  await trainStep(state, batch, HYPER);
  const mean = lengths.reduce((sum, x) => sum + x / 8, 0);
  const deviation = Math.sqrt(lengths.reduce((sum, x) => sum + (x - mean) ** 2 / 7, 0));
  const kept = state.variables.find(({ name }) => name === "lengths")?.variable.dataSync() ?? [];
  const expected = [0.99 * 20 + 0.01 * mean, 0.99 * 100 + 0.01 * deviation];
  expected.forEach((value, i) => {
    assert.ok(Math.abs(kept[i] - value) < 1e-4, `${kept[i]}, expected ${value}`);
  });
  disposeTrainState(state);
  tf.dispose([batch.images, batch.labels]);
});

test("a center loss adds its mean square to the loss, and moves the centres", async () => {
  const [state, batch] = [tinyState({ centerLossFactor: 0.5 }), tinyBatch()];
  const { embeddings } = embedded(state, batch.images);
  const { loss, crossEntropy } = await trainStep(state, batch, {
    ...HYPER,
    centerLossFactor: 0.5,
    centerLossAlfa: 0.9,
  });
  const square = embeddings.flat().reduce((sum, x) => sum + (x * x) / 64, 0); // centres start at 0
  assert.ok(
    Math.abs(loss - crossEntropy - 0.5 * square) < 1e-3 * square,
    `${loss} ${crossEntropy} ${square}`,
  );
  const [centre] = state.centers_ND?.arraySync() ?? [];
  centre.forEach((value, d) => {
    assert.ok(Math.abs(value - 0.1 * (embeddings[0][d] + embeddings[4][d])) < 1e-5);
  });
  disposeTrainState(state);
  tf.dispose([batch.images, batch.labels]);
});

test("a loss whose numbers change from step to step is not scored without them", () => {
  tf.tidy(() => {
    const [embeddings_BD, head_DN] = [tf.ones<tf.Rank.R2>([1, 2]), tf.ones<tf.Rank.R2>([2, 3])];
    const cosine_BN = tf.ones<tf.Rank.R2>([1, 3]);
    const scored = { embeddings_BD, head_DN, cosine_BN, labels_B: tf.tensor1d([0], "int32") };
    assert.throws(() => LOSSES.sphereface.logits({}, scored), /expected the numbers of a loss that has some/);
    const numbers = { annealing: tf.scalar(5) };
    assert.deepEqual(LOSSES.sphereface.logits({}, { ...scored, numbers }).shape, [1, 3]);
  });
});

test("resolveConfig() gives every loss its own options, and refuses what does not go with it", () => {
  for (const loss of LOSS_NAMES) {
    const config = resolveConfig({ dataDir: "faces", loss });
    for (const [name, value] of Object.entries(LOSSES[loss].defaults))
      assert.equal(config[name as "margin"], value);
    assert.deepEqual(resolveConfig(config), config);
  }
  const refuse = (more: object, message: RegExp) =>
    assert.throws(() => resolveConfig({ dataDir: "faces", ...more }), { name: "ConfigError", message });
  refuse({ loss: "softmax", margin: 0.3 }, /expected no options of the loss softmax, got margin/);
  refuse({ m2: 0.3 }, /expected margin, scale as options of the loss am-softmax, got m2/);
  refuse({ loss: "sphereface", margin: 1.5 }, /expected margin to be a whole number/);
  refuse({ loss: "arcface", margin: 4 }, /expected margin to be radians below π/);
  refuse(
    { loss: "sphereface", marginWarmupSteps: 9 },
    /one of the losses am-softmax, arcface, adaface, got sphereface/,
  );
  refuse(
    { loss: "softmax", scaleWarmupSteps: 9 },
    /expected scaleWarmupSteps with a loss that has a scale, got softmax/,
  );
  refuse(
    { batchSize: 10, accumulateSteps: 3 },
    /expected batchSize to be a multiple of accumulateSteps 3, got 10/,
  );
  refuse(
    { loss: "adaface", batchSize: 4, accumulateSteps: 4 },
    /2 photos or more a part with the loss adaface/,
  );
  refuse({ loss: "magface", lowerLength: 120 }, /expected upperLength above lowerLength 120, got 110/);
  refuse({ loss: "magface", upperMargin: 0.4 }, /expected upperMargin of lowerMargin 0.45 or more, got 0.4/);
  const triplets = { tripletLossFactor: 1, batchSize: 8 };
  refuse(triplets, /expected balance of 2 photos or more a person beside tripletLossFactor, got none/);
  refuse(
    { ...triplets, balance: { identities: 4, photos: 2 }, accumulateSteps: 4 },
    /expected a micro-batch of whole people, 2 or more of 2 photos each, .*, got 2 \(batchSize 8 in 4\)/,
  );
});
