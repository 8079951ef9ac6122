import * as tf from "@tensorflow/tfjs-core";
import { requireSameEmbeddings } from "./expect.ts";
import { l2Normalize } from "./l2-normalize.ts";

/**
 * The mean over rows of `1 − cosθ`, θ being the angle between an embedding and its target, such as a teacher's.
 *
 * @param embeddings_BD `[B, D]` float32 of any length.
 * @param targets_BD `[B, D]` float32 of any length.
 * @returns A float32 scalar in [0, 2]; the caller disposes it.
 * @throws {TypeError} When an argument is not a float32 matrix.
 * @throws {RangeError} When the two differ in shape.
 */
export function cosineDistance(embeddings_BD: tf.Tensor2D, targets_BD: tf.Tensor2D): tf.Scalar {
  requireSameEmbeddings(embeddings_BD, targets_BD);
  return tf.tidy(() => {
    const cosine_B = tf.sum(tf.mul(l2Normalize(embeddings_BD, 1), l2Normalize(targets_BD, 1)), 1);
    return tf.sub<tf.Scalar>(1, tf.mean(cosine_B));
  });
}
