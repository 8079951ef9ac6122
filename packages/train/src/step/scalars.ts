import * as tf from "@tensorflow/tfjs-core";

export type Scalars = Readonly<Record<string, tf.Scalar>>;

/** Numbers as tensors: each is one input of a lazy backend's model, and may be another in the next step. */
export function scalarsOf(numbers: Readonly<Record<string, number>>): Record<string, tf.Scalar> {
  return Object.fromEntries(Object.entries(numbers).map(([name, number]) => [name, tf.scalar(number)]));
}
