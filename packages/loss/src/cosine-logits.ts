import * as tf from "@tensorflow/tfjs-core";
import { requireFloat } from "./expect.ts";
import { l2Norm, l2Normalize } from "./l2-normalize.ts";

/**
 * Cosines between embeddings and the columns of a head: what every margin loss on the hypersphere starts
 * from. Both are L2-normalised here.
 *
 * The result is clipped to [-1, 1], which rounding can leave by one part in 10⁷. Where it did, the gradient
 * is 0; on the bounds themselves it passes through. Either is right to within rounding, because the cosine
 * is stationary at ±1.
 *
 * @param embeddings_BD `[B, D]` float32 of any length.
 * @param head_DN `[D, N]` float32, a column an identity, of any length.
 * @returns `[B, N]` float32 in [-1, 1]; the caller disposes it.
 * @throws {TypeError} When an argument is not a float32 matrix.
 * @throws {RangeError} When the two disagree about D.
 */
export function cosineLogits(embeddings_BD: tf.Tensor2D, head_DN: tf.Tensor2D): tf.Tensor2D {
  requireFloat("compare", "embeddings", embeddings_BD, 2);
  requireFloat("compare", "head", head_DN, 2);
  if (embeddings_BD.shape[1] !== head_DN.shape[0]) {
    const got = `[${embeddings_BD.shape}] and [${head_DN.shape}]`;
    throw new RangeError(`Cannot compare embeddings with head: expected [B, D] and [D, N], got ${got}`);
  }
  return tf.tidy(() => {
    // The head's columns are divided after the product: [B, N] is smaller than [D, N] where B < D.
    const product_BN = tf.matMul(l2Normalize(embeddings_BD, 1), head_DN);
    const cosine_BN = tf.div<tf.Tensor2D>(product_BN, l2Norm(head_DN, 0));
    return tf.clipByValue(cosine_BN, -1, 1);
  });
}
