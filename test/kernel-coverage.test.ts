import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  adaFace,
  arcFace,
  batchHardTripletLoss,
  centerLoss,
  combinedMargin,
  cosFace,
  crossEntropy,
  FIRST_NORM_STATISTICS,
  type Margin,
  magFace,
  magFacePenalty,
  marginLogits,
  nextCenters,
  normalisedSoftmaxLogits,
  softmaxLogits,
  sphereFace,
  sphereFaceLogits,
} from "@amface/loss";
import { createNet, embedImages, NET_NAMES, type NetName, type NetOptions } from "@amface/nets";
import {
  createTrainState,
  disposeTrainState,
  OPTIMIZER_NAMES,
  type OptimizerName,
  trainStep,
} from "@amface/train";
import * as tf from "@tensorflow/tfjs";
import { recordKernels } from "./record-kernels.ts";
import { slow } from "./slow.ts";

const GOLDEN = join(import.meta.dirname, "golden", "tfjs-node-kernels.json");
/** Made by scripts/tfjs-node-kernels.ts from the package's own JavaScript. */
const tfjsNode = JSON.parse(readFileSync(GOLDEN, "utf8")) as { version: string; kernels: string[] };

const SIZE = 16;
const HYPER = { learningRate: 0.1, margin: 0.35, scale: 30, weightDecay: 5e-4 };

async function train(
  name: NetName,
  options: Partial<NetOptions> = {},
  optimizer: OptimizerName = "momentum",
) {
  const net = createNet(name, { seed: 1, imageSize: [SIZE, SIZE], ...options });
  const state = createTrainState(net, 3, { optimizer, seed: 1 });
  const images = tf.randomNormal<tf.Rank.R4>([2, SIZE, SIZE, 3], 0, 1, "float32", 1);
  const labels = tf.tensor1d([0, 1], "int32");
  await trainStep(state, { images, labels }, HYPER, { observe: true });
  await embedImages(net, images);
  tf.dispose([images, labels]);
  disposeTrainState(state);
}

function losses() {
  const embeddings = tf.randomNormal<tf.Rank.R2>([4, 6], 0, 1, "float32", 1);
  const head = tf.randomNormal<tf.Rank.R2>([6, 3], 0, 1, "float32", 2);
  const centers = tf.zeros<tf.Rank.R2>([3, 6]);
  const labels = tf.tensor1d([0, 1, 2, 0], "int32");
  const margins: readonly Margin[] = [
    cosFace(0.35),
    arcFace(0.5),
    arcFace(0.5, { fallback: "easy" }),
    sphereFace(4, 1),
    combinedMargin({ multiply: 1, add: 0.3, subtract: 0.2 }),
    adaFace({ statistics: tf.tensor1d([...FIRST_NORM_STATISTICS]) }),
    magFace({ lowerLength: 1 }),
  ];
  const logits = [
    ...margins.map(
      (margin) => (x: tf.Tensor2D, w: tf.Tensor2D) => marginLogits(x, w, labels, { margin, scale: 30 }),
    ),
    (x: tf.Tensor2D, w: tf.Tensor2D) => sphereFaceLogits(x, w, labels, { margin: 4, annealing: 1 }),
    (x: tf.Tensor2D, w: tf.Tensor2D) => softmaxLogits(x, w),
    (x: tf.Tensor2D, w: tf.Tensor2D) => normalisedSoftmaxLogits(x, w, 30),
  ];
  for (const each of logits) {
    const loss = (...[x, w]: tf.Tensor[]) => crossEntropy(each(x as tf.Tensor2D, w as tf.Tensor2D), labels);
    tf.grads(loss)([embeddings, head]);
  }
  const others = [
    (x: tf.Tensor) => batchHardTripletLoss(x as tf.Tensor2D, labels),
    (x: tf.Tensor) => centerLoss(x as tf.Tensor2D, labels, centers),
    (x: tf.Tensor) => magFacePenalty(x as tf.Tensor2D, { lowerLength: 1 }),
  ];
  for (const loss of others) tf.grad(loss)(embeddings);
  nextCenters(embeddings, labels, centers);
}

function assertCovered(kernels: readonly string[]): void {
  assert.ok(kernels.length > 5, `recorded only ${kernels}`);
  const missing = kernels.filter((name) => !tfjsNode.kernels.includes(name));
  assert.deepEqual(missing, [], `tfjs-node ${tfjsNode.version} has no such kernels`);
}

test("tfjs-node has every kernel that the losses call, forward and backward", async () => {
  assertCovered(await recordKernels(() => tf.tidy(losses)));
});

test("tfjs-node has every kernel that a training step calls, and embedding", async () => {
  const kernels = await recordKernels(() => train("resface-small", { keepProbability: 0.5 }));
  assertCovered(kernels);
  for (const name of ["Conv2DBackpropFilter", "Conv2DBackpropInput", "FusedBatchNorm", "Prelu"]) {
    assert.ok(kernels.includes(name), `a step without ${name} was not recorded whole`);
  }
});

test("tfjs-node has every kernel that a step calls of each net, each optimizer, and without normalisation", {
  skip: slow() ? false : "slow: run with AMFACE_SLOW=1",
}, async () => {
  const kernels = await recordKernels(async () => {
    for (const name of NET_NAMES) await train(name);
    for (const name of OPTIMIZER_NAMES) await train("resface-small", {}, name);
    await train("resface-small", { batchNorm: false });
  });
  assertCovered(kernels);
  assert.ok(kernels.includes("DepthwiseConv2dNativeBackpropFilter"));
});
