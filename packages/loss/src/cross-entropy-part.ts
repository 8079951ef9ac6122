import * as tf from "@tensorflow/tfjs-core";
import { requireFloat } from "./expect.ts";
import { pick, replace, targetPlaces } from "./targets.ts";

/*
 * Softmax cross-entropy over identities that lie in several parts, as in different processes (Partial FC,
 * arXiv:2203.15565): each part gives `softmaxPart`, `logSumExp` joins them, `crossEntropyPart` has a part's gradient.
 */

/** What a part of the columns adds to each row's softmax. */
export interface SoftmaxPart<T> {
  /** Each row's largest logit, `[B]`. */
  readonly largest_B: T;
  /** Each row's `Σ exp(z − largest)`, `[B]`. */
  readonly sum_B: T;
}

/** @param logits_BN `[B, N]` float32 of a part's N columns. @returns Tensors, which the caller disposes. */
export function softmaxPart(logits_BN: tf.Tensor2D): SoftmaxPart<tf.Tensor1D> {
  requireFloat("score", "logits", logits_BN, 2);
  return tf.tidy(() => {
    const largest_B1 = tf.max(logits_BN, 1, true);
    const sum_B = tf.sum<tf.Tensor1D>(tf.exp(tf.sub(logits_BN, largest_B1)), 1);
    return { largest_B: tf.squeeze<tf.Tensor1D>(largest_B1, [1]), sum_B };
  });
}

/** Each row's `log Σ exp(z)` over all columns, from all parts; computed in float64, in the parts' order. */
export function logSumExp(parts: readonly SoftmaxPart<ArrayLike<number>>[]): Float64Array {
  return Float64Array.from({ length: parts[0].largest_B.length }, (_, b) => {
    const largest = Math.max(...parts.map(({ largest_B }) => largest_B[b]));
    const sum = parts.reduce(
      (sum, { largest_B, sum_B }) => sum + sum_B[b] * Math.exp(largest_B[b] - largest),
      0,
    );
    return largest + Math.log(sum);
  });
}

/**
 * A part's share of the cross-entropy: minus the labelled logits among its columns, over B. With the mean of
 * `logSumExp`, the shares of all parts sum to the cross-entropy. The gradient by the logits is that of the whole,
 * `(probability − target) / B`, `total_B` having its part in it.
 *
 * @param logits_BN `[B, N]` float32 of a part's N columns.
 * @param labels_B `[B]` int32 in 0..N-1: columns of the own identities; any number where they are elsewhere.
 * @param here_B `[B]` bool: whether the own identity is among the columns.
 * @param total_B `[B]` float32: `logSumExp` over all columns.
 * @returns A float32 scalar; the caller disposes it.
 * @throws {TypeError} When the logits or labels have another dtype or rank.
 * @throws {RangeError} When there is not one label a row and at least one row, or a label is outside 0..N-1.
 */
export function crossEntropyPart(
  logits_BN: tf.Tensor2D,
  labels_B: tf.Tensor1D,
  here_B: tf.Tensor1D,
  total_B: tf.Tensor1D,
): tf.Scalar {
  requireFloat("score", "logits", logits_BN, 2);
  return tf.customGrad((...args) => {
    const [logits_BN, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const places_B2 = targetPlaces("score", labels_B, logits_BN.shape);
    const picked_B = pick(logits_BN, places_B2);
    save([logits_BN, places_B2, picked_B, here_B, total_B]);
    const gradFunc = (dy: tf.Tensor | tf.Tensor[], saved: tf.Tensor[]) => {
      const [logits_BN, places_B2] = saved as [tf.Tensor2D, tf.Tensor2D];
      const [picked_B, here_B, total_B] = saved.slice(2) as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
      const probability_BN = tf.exp(tf.sub<tf.Tensor2D>(logits_BN, tf.expandDims(total_B, 1)));
      const logProbability_B = tf.sub(picked_B, total_B);
      // Of a labelled logit probability − 1, without a loss of digits near 0.
      const own_B = tf.where(here_B, tf.expm1(logProbability_B), tf.exp(logProbability_B));
      const difference_BN = replace(probability_BN, places_B2, own_B as tf.Tensor1D);
      return tf.mul(difference_BN, tf.div(dy as tf.Scalar, logits_BN.shape[0]));
    };
    const here = tf.where(here_B, picked_B, tf.zerosLike(picked_B));
    return { value: tf.neg(tf.mean<tf.Scalar>(here)), gradFunc };
  })(logits_BN);
}
