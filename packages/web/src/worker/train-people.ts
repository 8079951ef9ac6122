import { alignFace } from "@amface/align/browser";
import { Random, renderFace } from "@amface/data/browser";
import { drawPairs, evaluate, squaredDistances } from "@amface/lfw-eval/browser";
import { createNet, embedder } from "@amface/nets/browser";
import { createTrainState, disposeTrainState, type TrainState, trainStep } from "@amface/train/browser";
import * as tf from "@tensorflow/tfjs-core";
import type { Picture, Report, Scores, TrainingOptions, TrainingStep } from "../messages.ts";
import { useEngine } from "./engine.ts";

const CROP = { height: 56, width: 48 };
const BATCH = 32;
/** AM-Softmax with the demo's scale: a hundred people learn sooner with 16 than with the paper's 30. */
const HYPER = { margin: 0.35, scale: 16, weightDecay: 5e-4 };
/** People that are never trained on. */
const TEST = { identities: 20, photos: 6, pairs: 400 };
/** Steps whose angles a histogram shows. */
const SHOWN = 10;
const BINS = 36;

type Tell = (report: Report) => void;

interface Training {
  readonly options: TrainingOptions;
  readonly state: TrainState;
  readonly crops: readonly Picture[];
  readonly labels: readonly number[];
  readonly tests: readonly Picture[];
  readonly own: number[][];
  readonly other: number[][];
}

let training: Training | undefined;
let stopped = false;

/** To be called when a training is asked for: a stop counts from then on, also before its turn has come. */
export function allowTraining(): void {
  stopped = false;
}

/** Lets the step that is under way be the last. */
export function stopTraining(): void {
  stopped = true;
}

/** Draws people, measures a net that has learned nothing, and trains it. */
export async function startTraining(options: TrainingOptions, tell: Tell): Promise<void> {
  await useEngine((name, loaded, total) => tell({ kind: "loading", name, loaded, total }), "training");
  tell({ kind: "loaded" });
  if (training) disposeTrainState(training.state);
  training = undefined;
  const { identities, photos, seed } = options;
  const all = [...people(0, identities, photos), ...people(identities, TEST.identities, TEST.photos)];
  const crops: Picture[] = [];
  for (const [i, [who, photo]] of all.entries()) {
    const { image, landmarks } = renderFace(who, photo, { seed });
    crops.push(alignFace(image, landmarks, CROP));
    if (i % 20 === 19 || i === all.length - 1) {
      tell({ kind: "faces", done: i + 1, of: all.length, some: crops.slice(-1) });
      await pause();
      if (stopped) return;
    }
  }
  const net = createNet("resface-small", { imageSize: [CROP.height, CROP.width], seed });
  const count = identities * photos;
  training = {
    options,
    state: createTrainState(net, identities, { optimizer: "momentum", loss: "am-softmax", seed }),
    crops: crops.slice(0, count),
    labels: all.slice(0, count).map(([who]) => who),
    tests: crops.slice(count),
    ...{ own: [], other: [] },
  };
  tell({ kind: "scores", scores: await score("untrained") });
  if (!stopped) await goOn(undefined, tell);
}

/** Trains on from where it stopped. */
export async function goOn(_: unknown, tell: Tell): Promise<void> {
  if (training === undefined) return;
  await useEngine(() => {}, "training");
  const { options, state } = training;
  while (state.step < options.steps && !stopped) {
    tell({ kind: "step", step: await step(training) });
    await pause();
  }
  tell({ kind: "scores", scores: await score("trained") });
}

/** Every photo of people, by person and photo. */
const people = (first: number, count: number, photos: number) =>
  Array.from({ length: count * photos }, (_, i) => [first + Math.floor(i / photos), i % photos] as const);

/** Messages of the page come in between. */
const pause = () => new Promise((resolve) => setTimeout(resolve));

async function step({ options, state, crops, labels, own, other }: Training): Promise<TrainingStep> {
  const start = performance.now();
  const chosen = batchOf(crops.length, state.step, options.seed);
  const size = 3 * CROP.height * CROP.width;
  const pixels = new Float32Array(chosen.length * size);
  for (const [b, { at, mirrored }] of chosen.entries())
    normalise(crops[at], mirrored, pixels.subarray(b * size, (b + 1) * size));
  const images = tf.tensor4d(pixels, [chosen.length, CROP.height, CROP.width, 3]);
  const labels_B = tf.tensor1d(
    chosen.map(({ at }) => labels[at]),
    "int32",
  );
  try {
    const learningRate = state.step < 0.7 * options.steps ? 0.1 : 0.01;
    const result = await trainStep(
      state,
      { images, labels: labels_B },
      { ...HYPER, learningRate },
      { observe: true },
    );
    const { crossEntropy: loss, accuracy, details } = result;
    remember(own, details?.targetAngles);
    remember(other, details?.otherAngles);
    const seconds = (performance.now() - start) / 1000;
    const counts = { own: sumOf(own), other: sumOf(other), tensors: tf.memory().numTensors };
    return { step: state.step, of: options.steps, loss, accuracy, seconds, ...counts };
  } finally {
    tf.dispose([images, labels_B]);
  }
}

/** Photos of a step: passes over all in an order of their own, each photo mirrored or not. */
function batchOf(photos: number, step: number, seed: number): { at: number; mirrored: boolean }[] {
  return Array.from({ length: BATCH }, (_, b) => {
    const place = step * BATCH + b;
    const pass = Math.floor(place / photos);
    const at = orderOf(photos, pass, seed)[place % photos];
    return { at, mirrored: new Random("mirror", seed, pass, at).chance(0.5) };
  });
}

let order: { key: string; values: Uint32Array } | undefined;
function orderOf(photos: number, pass: number, seed: number): Uint32Array {
  const key = `${photos} ${pass} ${seed}`;
  if (order?.key !== key) order = { key, values: new Random("order", seed, pass).permutation(photos) };
  return order.values;
}

/** `(pixels - 127.5) / 128`, left and right swapped where it is to be mirrored. */
function normalise({ data, width }: Picture, mirrored: boolean, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) {
    const [pixel, c] = [Math.floor(i / 3), i % 3];
    const x = pixel % width;
    const from = mirrored ? pixel - x + (width - 1 - x) : pixel;
    out[i] = (data[3 * from + c] - 127.5) / 128;
  }
}

/** Keeps the counts of a step's angles, in radians, with those of the steps before. */
function remember(steps: number[][], angles: Float32Array | undefined): void {
  const counts: number[] = new Array(BINS).fill(0);
  for (const angle of angles ?? []) counts[Math.min(BINS - 1, Math.floor((angle / Math.PI) * BINS))]++;
  steps.push(counts);
  if (steps.length > SHOWN) steps.shift();
}

const sumOf = (steps: readonly number[][]) =>
  Array.from({ length: BINS }, (_, i) => steps.reduce((sum, counts) => sum + counts[i], 0));

async function score(net: Scores["net"]): Promise<Scores> {
  const { state, tests } = training as Training;
  const embed = embedder(state.evaluated, { batchSize: TEST.photos });
  const identities = people(0, TEST.identities, TEST.photos).map(([who]) => `person ${who}`);
  const pairs = drawPairs(identities, { pairs: TEST.pairs });
  const distances = squaredDistances({ data: await embed(tests), size: embed.size }, pairs);
  const { accuracy, auc } = evaluate(
    distances,
    pairs.map(({ same }) => same),
    { folds: pairs.map(({ fold }) => fold) },
  );
  return {
    net,
    step: state.step,
    pairs: pairs.length,
    accuracy: accuracy.mean,
    deviation: accuracy.std,
    auc,
  };
}
