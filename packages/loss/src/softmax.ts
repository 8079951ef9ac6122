import * as tf from "@tensorflow/tfjs-core";
import { cosineLogits } from "./cosine-logits.ts";
import { requireFloat } from "./expect.ts";

/**
 * Logits of plain softmax: `x·W + b`.
 *
 * @param embeddings_BD `[B, D]` float32. @param head_DN `[D, N]` float32. @param bias_N `[N]` float32, or none.
 * @returns `[B, N]` float32; the caller disposes it.
 * @throws {TypeError} When an argument has another dtype or rank.
 * @throws {RangeError} When shapes disagree.
 */
export function softmaxLogits(
  embeddings_BD: tf.Tensor2D,
  head_DN: tf.Tensor2D,
  bias_N?: tf.Tensor1D,
): tf.Tensor2D {
  requireFloat("multiply", "embeddings", embeddings_BD, 2);
  requireFloat("multiply", "head", head_DN, 2);
  if (bias_N) requireFloat("add", "bias", bias_N, 1);
  const [D, N] = head_DN.shape;
  if (embeddings_BD.shape[1] !== D || (bias_N && bias_N.size !== N)) {
    const got = [embeddings_BD, head_DN, ...(bias_N ? [bias_N] : [])].map(({ shape }) => `[${shape}]`);
    throw new RangeError(
      `Cannot multiply embeddings: expected [B, D], [D, N] and [N], got ${got.join(", ")}`,
    );
  }
  return tf.tidy(() => {
    const product_BN = tf.matMul(embeddings_BD, head_DN) as tf.Tensor2D;
    return bias_N ? tf.add<tf.Tensor2D>(product_BN, bias_N) : product_BN;
  });
}

/**
 * Logits of normalised softmax (NormFace, arXiv:1704.06369): `s·cosθ`, what every margin loss is without its margin.
 *
 * @param scale s, above 0.
 * @returns `[B, N]` float32; the caller disposes it.
 * @throws As `cosineLogits`; {RangeError} when the scale is not above 0.
 */
export function normalisedSoftmaxLogits(
  embeddings_BD: tf.Tensor2D,
  head_DN: tf.Tensor2D,
  scale: number,
): tf.Tensor2D {
  if (!(scale > 0 && scale < Infinity)) {
    throw new RangeError(`Cannot apply scale: expected a number above 0, got ${scale}`);
  }
  return tf.tidy(() => tf.mul<tf.Tensor2D>(cosineLogits(embeddings_BD, head_DN), scale));
}
