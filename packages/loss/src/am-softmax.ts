import type * as tf from "@tensorflow/tfjs-core";
import { cosFace } from "./cos-face.ts";
import { marginLogits } from "./margin.ts";

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
 * @param labels_B `[B]` int32 in 0..N-1.
 * @returns `[B, N]` float32; the caller disposes it.
 * @throws {TypeError} When an argument has another dtype or rank.
 * @throws {RangeError} When shapes disagree, there is no row, a label is outside 0..N-1, or an option is out of
 *   its range.
 */
export function amSoftmaxLogits(
  embeddings_BD: tf.Tensor2D,
  head_DN: tf.Tensor2D,
  labels_B: tf.Tensor1D,
  { margin, scale }: AmSoftmaxOptions,
): tf.Tensor2D {
  return marginLogits(embeddings_BD, head_DN, labels_B, { margin: cosFace(margin), scale });
}
