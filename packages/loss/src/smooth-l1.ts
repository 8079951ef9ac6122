import * as tf from "@tensorflow/tfjs-core";
import { requireSameEmbeddings } from "./expect.ts";
import { l2Normalize } from "./l2-normalize.ts";

/**
 * Smooth L1 (Girshick 2015, arXiv:1504.08083, eq. 3) of embeddings and their targets, such as a teacher's, both scaled to
 * length √D, where a value is 1 on average: the mean over all B·D values of `d²/2` where the difference |d| < 1, else of
 * `|d| − 1/2`. As long as no difference reaches 1, that is `1 − cosθ`, the cosine distance.
 *
 * @param embeddings_BD `[B, D]` float32 of any length.
 * @param targets_BD `[B, D]` float32 of any length.
 * @returns A float32 scalar; the caller disposes it.
 * @throws {TypeError} When an argument is not a float32 matrix.
 * @throws {RangeError} When the two differ in shape.
 */
export function smoothL1(embeddings_BD: tf.Tensor2D, targets_BD: tf.Tensor2D): tf.Scalar {
  requireSameEmbeddings(embeddings_BD, targets_BD);
  const length = Math.sqrt(embeddings_BD.shape[1]);
  return tf.tidy(() => {
    const difference_BD = tf.sub(l2Normalize(embeddings_BD, 1), l2Normalize(targets_BD, 1));
    return meanSmooth(tf.mul(difference_BD, length));
  });
}

/** With c the difference cut to [-1, 1], its smooth L1 is `c·(d − c/2)` and the slope of that is c. */
function meanSmooth(difference: tf.Tensor): tf.Scalar {
  return tf.customGrad((...args) => {
    const [d, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const c = tf.clipByValue(d, -1, 1);
    save([c]);
    const gradFunc = (dy: tf.Tensor | tf.Tensor[], [c]: tf.Tensor[]) =>
      tf.mul(c, tf.mul(dy as tf.Scalar, 1 / c.size));
    return { value: tf.mean<tf.Scalar>(tf.mul(c, tf.sub(d, tf.mul(c, 0.5)))), gradFunc };
  })(difference) as tf.Scalar;
}
