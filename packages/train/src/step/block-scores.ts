import {
  cosineLogits,
  crossEntropyPart,
  l2Penalty,
  softmaxPart,
  targetValues,
  updateNormStatistics,
} from "@amface/loss";
import * as tf from "@tensorflow/tfjs-core";
import { LOSSES } from "../losses/losses.ts";
import { type LossHyper, nearestOther } from "./batch-gradients.ts";
import type { HeadBlock } from "./head-shards.ts";
import type { TrainState } from "./train-state.ts";

/** What all blocks of a sharded head score. */
export interface WholeBatch {
  readonly embeddings_LD: tf.Tensor2D;
  readonly labels: Int32Array;
  /** How many of them the rows are, one after the other and all of one size. */
  readonly microBatches: number;
  readonly hyper: LossHyper;
}

/** What a block measures of each row; `target…` are something only in the block of the row's own identity. */
export const ROW_SCORES = [
  "largestLogit",
  "sumOfExponentials",
  "targetLogit",
  "targetCosine",
  "largestCosine",
  "itsColumn",
  "otherCosine",
] as const;

/** Where a row's own identity stands in a block, 0 for those of other blocks, and whether it is there. */
function placesIn({ first, weights_Dn }: HeadBlock, labels: Int32Array) {
  const isHere = (label: number) => label >= first && label < first + weights_Dn.shape[1];
  const places_L = tf.tensor1d(
    labels.map((label) => (isHere(label) ? label - first : 0)),
    "int32",
  );
  const here_L = tf.tensor1d(Array.from(labels, isHere), "bool");
  return { places_L, here_L };
}

/** Cosines and logits of a block's identities, and where the rows' own ones are; called inside `tf.tidy`. */
function logitsOf(
  { loss, norms_2 }: TrainState,
  block: HeadBlock,
  { embeddings_LD, labels, microBatches, hyper }: WholeBatch,
  weights_Dn: tf.Tensor2D = block.weights_Dn,
  rows_LD: tf.Tensor2D = embeddings_LD,
) {
  const { places_L, here_L } = placesIn(block, labels);
  const cosine_Ln = cosineLogits(rows_LD, weights_Dn);
  const logits_Ln = LOSSES[loss].logits(hyper, {
    ...{
      embeddings_BD: rows_LD,
      head_DN: weights_Dn,
      cosine_BN: cosine_Ln,
      labels_B: places_L,
      here_B: here_L,
    },
    statistics: norms_2 && statisticsOf(rows_LD, norms_2, microBatches),
  });
  return { cosine_Ln, logits_Ln, places_L, here_L };
}

/** `[L, 2]`: what each micro-batch by itself makes of the statistics, as where a head is whole. */
function statisticsOf(rows_LD: tf.Tensor2D, previous_2: tf.Tensor1D, microBatches: number): tf.Tensor2D {
  const statistics = tf.split<tf.Tensor2D>(rows_LD, microBatches).map((rows_lD) => {
    const next_2 = updateNormStatistics(rows_lD, previous_2);
    return tf.tile(tf.reshape(next_2, [1, 2]) as tf.Tensor2D, [rows_lD.shape[0], 1]);
  });
  return tf.concat2d(statistics, 0);
}

/** What a block measures: `ROW_SCORES` of all rows, one after the other, then the squared length of its weights. */
export async function blockScores(
  state: TrainState,
  block: HeadBlock,
  batch: WholeBatch,
  observe: boolean,
): Promise<Float32Array> {
  const flat = tf.tidy(() => {
    const { cosine_Ln, logits_Ln, places_L, here_L } = logitsOf(state, block, batch);
    const { largest_B, sum_B } = softmaxPart(logits_Ln);
    const largest_L = tf.max(cosine_Ln, 1);
    const scores: Record<(typeof ROW_SCORES)[number], tf.Tensor> = {
      largestLogit: largest_B,
      sumOfExponentials: sum_B,
      targetLogit: targetValues(logits_Ln, places_L),
      targetCosine: targetValues(cosine_Ln, places_L),
      largestCosine: largest_L,
      itsColumn: tf.cast(tf.argMax(cosine_Ln, 1), "float32"),
      otherCosine: observe ? nearestOther(cosine_Ln, places_L, here_L) : largest_L,
    };
    const squares = tf.reshape(l2Penalty([block.weights_Dn], 2), [1]);
    return tf.concat1d([...ROW_SCORES.map((name) => scores[name] as tf.Tensor1D), squares as tf.Tensor1D]);
  });
  try {
    return (await flat.data<"float32">()).slice();
  } finally {
    flat.dispose();
  }
}

/**
 * Computes the gradients of a block, once the softmax over all is known: `gradient_Dn`, with weight decay where the loss has
 * it, and what is returned.
 *
 * @param total_L Each row's `log Σ exp(z)` over all identities.
 * @returns The part of the gradient by the embeddings `[L, D]` that comes from the block, row-major, and behind it the
 *   squared length of `gradient_Dn`.
 */
export async function blockGradients(
  state: TrainState,
  block: HeadBlock,
  batch: WholeBatch,
  total_L: Float32Array,
): Promise<Float32Array> {
  const { lossWeight = 1, weightDecay } = batch.hyper;
  const loss = (rows_LD: tf.Tensor2D, weights_Dn: tf.Tensor2D): tf.Scalar => {
    const { logits_Ln, places_L, here_L } = logitsOf(state, block, batch, weights_Dn, rows_LD);
    const part = crossEntropyPart(logits_Ln, places_L, here_L, tf.tensor1d(total_L));
    const weighted = tf.mul<tf.Scalar>(part, lossWeight);
    const { decouplesDecay } = block.optimizer;
    return decouplesDecay ? weighted : tf.add(weighted, l2Penalty([weights_Dn], weightDecay));
  };
  const flat = tf.tidy(() => {
    const gradients = tf.grads(loss as (...tensors: tf.Tensor[]) => tf.Scalar);
    const [byRows_LD, byWeights_Dn] = gradients([batch.embeddings_LD, block.weights_Dn]);
    if (block.gradient_Dn) block.gradient_Dn.assign(byWeights_Dn as tf.Tensor2D);
    else block.gradient_Dn = tf.variable(byWeights_Dn as tf.Tensor2D, false);
    const squares = tf.reshape(l2Penalty([byWeights_Dn], 2), [1]) as tf.Tensor1D;
    return tf.concat1d([tf.reshape(byRows_LD, [-1]) as tf.Tensor1D, squares]);
  });
  try {
    return (await flat.data<"float32">()).slice();
  } finally {
    flat.dispose();
  }
}
