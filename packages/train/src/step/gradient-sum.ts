import { l2Penalty } from "@amface/loss";
import * as tf from "@tensorflow/tfjs-core";
import type { StateVariable } from "./state-variable.ts";

/** Length of a vector that lies in several tensors: √Σx². */
export const globalNorm = (tensors: readonly tf.Tensor[]): tf.Scalar =>
  tf.sqrt(tf.mul(l2Penalty(tensors, 1), 2));

/** The lengths of each gradient and of the variable that it is of, `[variables]` each. */
export function variableNorms(gradients: readonly tf.Tensor[], variables: readonly StateVariable[]) {
  const normOfEach = (tensors: readonly tf.Tensor[]) => tf.stack(tensors.map((x) => globalNorm([x])));
  return {
    gradientNorms: normOfEach(gradients),
    weightNorms: normOfEach(variables.map(({ variable }) => variable)),
  };
}

/** Cuts a gradient of length `norm` to `most`, its direction kept: `g · most / max(norm, most)`. */
export function clipByNorm(
  gradients: readonly tf.Tensor[],
  norm: tf.Scalar,
  most: number | undefined,
): readonly tf.Tensor[] {
  if (most === undefined) return gradients;
  const factor = tf.div(most, tf.maximum(norm, most));
  return gradients.map((gradient) => tf.mul(gradient, factor));
}
