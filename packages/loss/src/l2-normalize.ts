import * as tf from "@tensorflow/tfjs-core";
import { requireFloat } from "./expect.ts";

/**
 * Added to a squared norm before its root. A vector of norm 1 changes by 5e-13, far below float32's
 * rounding; a zero vector gets norm 1e-6, so that its direction is 0 and its gradient finite.
 */
const EPSILON = 1e-12;

/**
 * Scales vectors to length 1: `x / √(Σx² + 1e-12)`. The zero vector stays zero, and the gradient there is
 * the incoming one times 1e6: large, but finite.
 *
 * @param x float32, any shape.
 * @param axis The axis along which a vector lies: 1 for the rows of embeddings `[B, D]`, 0 for the columns
 *   of a head `[D, N]`; a negative one counts from the end.
 * @returns float32 of `x`'s shape; the caller disposes it.
 * @throws {TypeError} When `x` is not float32.
 * @throws {RangeError} When `x` has no such axis.
 */
export function l2Normalize<T extends tf.Tensor>(x: T, axis = -1): T {
  requireFloat("normalise", "x", x);
  if (!Number.isInteger(axis) || axis < -x.rank || axis >= x.rank) {
    throw new RangeError(`Cannot normalise x: expected an axis of [${x.shape}], got ${axis}`);
  }
  return tf.tidy(() => tf.div<T>(x, l2Norm(x, axis)));
}

/**
 * Lengths along `axis`, which is kept with size 1. The gradient is `dy · x/‖x‖`; the chain of square, sum and root
 * would take three passes over `x`, which may be a whole head, and an array of ones as large.
 */
export function l2Norm(x: tf.Tensor, axis: number): tf.Tensor {
  return tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const norm = tf.sqrt(tf.add(tf.sum(tf.square(x), axis, true), EPSILON));
    save([x, norm]);
    const gradFunc = (dy: tf.Tensor | tf.Tensor[], [x, norm]: tf.Tensor[]) =>
      tf.mul(x, tf.div(dy as tf.Tensor, norm));
    return { value: norm, gradFunc };
  })(x);
}
