import * as tf from "@tensorflow/tfjs-core";
import { requireFloat } from "./expect.ts";

/**
 * Weight decay as a term of the loss: `weightDecay/2 · Σ‖w‖²`, whose gradient is `weightDecay · w`.
 *
 * @param variables float32 of any shapes: convolution and dense kernels and the head, by the paper's recipe.
 * @param weightDecay 0 or more; the paper's is 5e-4.
 * @returns A float32 scalar, 0 for no variables; the caller disposes it.
 * @throws {TypeError} When a variable is not float32.
 * @throws {RangeError} When `weightDecay` is negative or not finite.
 */
export function l2Penalty(variables: readonly tf.Tensor[], weightDecay: number): tf.Scalar {
  if (!(weightDecay >= 0 && weightDecay < Infinity)) {
    throw new RangeError(`Cannot decay weights: expected a weight decay of 0 or more, got ${weightDecay}`);
  }
  for (const variable of variables) requireFloat("decay", "variable", variable);
  if (variables.length === 0) return tf.scalar(0);
  return tf.tidy(() => tf.mul<tf.Scalar>(tf.addN(variables.map((w) => halfSquaredNorm(w))), weightDecay));
}

/**
 * ½‖w‖² with its gradient `dy·w` in one pass over the weights; the chain of square and sum makes three,
 * over all weights of a net in every step.
 */
function halfSquaredNorm(w: tf.Tensor): tf.Scalar {
  const forward = (x: tf.Tensor, save: tf.GradSaveFunc) => {
    save([x]);
    const gradFunc = (dy: tf.Scalar, [saved]: tf.Tensor[]) => tf.mul(saved, dy);
    const value = tf.getKernel("L2Loss", tf.getBackend())
      ? (tf.engine().runKernel("L2Loss", { x }) as tf.Scalar)
      : tf.mul<tf.Scalar>(tf.sum(tf.square(x)), 0.5);
    return { value, gradFunc };
  };
  return tf.customGrad(forward as Parameters<typeof tf.customGrad<tf.Scalar>>[0])(w);
}
