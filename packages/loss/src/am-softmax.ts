import * as tf from "@tensorflow/tfjs-core";
import { cosineLogits } from "./cosine-logits.ts";
import { requireIdentities, requireLabels } from "./expect.ts";

export interface AmSoftmaxOptions {
  /** m, what is taken off the cosine of the right identity; 0 or more. The paper's is 0.35. */
  readonly margin: number;
  /** s, by which cosines become logits; above 0. The paper's is 30. */
  readonly scale: number;
}

/**
 * Logits of Additive Margin Softmax (arXiv:1801.05599, eq. 6; CosFace, arXiv:1801.09414, is the same):
 * `s·(cosθ − m)` for the labelled identity and `s·cosθ` for the others, where θ is the angle between an
 * embedding and a column of the head. `crossEntropy` of them is the loss.
 *
 * @param embeddings_BD `[B, D]` float32 of any length; normalised here.
 * @param head_DN `[D, N]` float32, a column an identity; normalised here.
 * @param labels_B `[B]` int32 in 0..N-1. The values stay on the device and are not checked here; see
 *   `crossEntropy` for what it makes of a wrong one.
 * @returns `[B, N]` float32; the caller disposes it.
 * @throws {TypeError} When an argument has another dtype or rank.
 * @throws {RangeError} When shapes disagree, there is no row or only one identity, or an option is out of
 *   its range.
 */
export function amSoftmaxLogits(
  embeddings_BD: tf.Tensor2D,
  head_DN: tf.Tensor2D,
  labels_B: tf.Tensor1D,
  { margin, scale }: AmSoftmaxOptions,
): tf.Tensor2D {
  if (!(margin >= 0 && margin < Infinity)) {
    throw new RangeError(`Cannot apply margin: expected a number of 0 or more, got ${margin}`);
  }
  if (!(scale > 0 && scale < Infinity)) {
    throw new RangeError(`Cannot apply scale: expected a number above 0, got ${scale}`);
  }
  return tf.tidy(() => {
    const cosine_BN = cosineLogits(embeddings_BD, head_DN);
    requireLabels("apply margin to", labels_B, cosine_BN.shape[0]);
    requireIdentities("apply margin to", "head", head_DN.shape);
    const target_BN = tf.oneHot(labels_B, head_DN.shape[1], 1, 0, "float32");
    return tf.sub<tf.Tensor2D>(tf.mul(cosine_BN, scale), tf.mul(target_BN, margin * scale));
  });
}
