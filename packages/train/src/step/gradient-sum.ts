import { l2Penalty } from "@amface/loss";
import * as tf from "@tensorflow/tfjs-core";
import type { StateVariable } from "./state-variable.ts";

/** Length of a vector that lies in several tensors, and elsewhere with `squares` = Σx²: √Σx². */
export const globalNorm = (tensors: readonly tf.Tensor[], squares?: tf.Scalar): tf.Scalar => {
  const here = tf.mul<tf.Scalar>(l2Penalty(tensors, 1), 2);
  return tf.sqrt(squares ? tf.add(here, squares) : here);
};

/** The lengths of each gradient and of the variable that it is of, `[variables]` each. */
export function variableNorms(gradients: readonly tf.Tensor[], variables: readonly StateVariable[]) {
  const normOfEach = (tensors: readonly tf.Tensor[]) => tf.stack(tensors.map((x) => globalNorm([x])));
  return {
    gradientNorms: normOfEach(gradients),
    weightNorms: normOfEach(variables.map(({ variable }) => variable)),
  };
}

/** What `clipByNorm` multiplies with. */
export const clipFactor = (norm: number, most = Number.POSITIVE_INFINITY): number =>
  norm > most ? most / norm : 1;

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
