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
  return tf.tidy(() => tf.mul<tf.Scalar>(halfSquaredNorm(variables), weightDecay));
}

/**
 * ½·Σ‖w‖² with its gradients `dy·w` in one pass over the weights; the chain of square and sum makes three,
 * over all weights of a net in every step. A backend that has the kernel `L2Loss`, as `onnx` has, does all in one call.
 */
function halfSquaredNorm(variables: readonly tf.Tensor[]): tf.Scalar {
  return tf.customGrad((...args) => {
    const save = args.at(-1) as tf.GradSaveFunc;
    const weights = args.slice(0, -1) as tf.Tensor[];
    save(weights);
    const hasKernel = tf.getKernel("L2Loss", tf.getBackend()) !== undefined;
    const value = hasKernel
      ? run<tf.Scalar>("L2Loss", weights)
      : tf.mul<tf.Scalar>(tf.addN(weights.map((w) => tf.sum<tf.Scalar>(tf.square(w)))), 0.5);
    const gradFunc = (dy: tf.Tensor | tf.Tensor[], saved: tf.Tensor[]) =>
      hasKernel
        ? run<tf.Tensor[]>("L2LossGrad", [dy as tf.Scalar, ...saved])
        : saved.map((w) => tf.mul(w, dy as tf.Scalar));
    return { value, gradFunc };
  })(...variables) as tf.Scalar;
}

const run = <T>(kernel: string, inputs: tf.Tensor[]) =>
  tf.engine().runKernel(kernel, inputs as unknown as tf.NamedTensorMap) as T;
