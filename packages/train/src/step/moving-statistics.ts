import * as tf from "@tensorflow/tfjs-core";
import type { StateVariable } from "./state-variable.ts";

/**
 * Calls `f`, in which moving statistics change, and puts them back, also after an error. To be called inside `tf.tidy`.
 *
 * @param start What they are in `f`: as they are now, or 0.
 * @returns Besides `f`'s result, what they had become.
 */
export function withStatistics<T>(
  statistics: readonly StateVariable[],
  start: "now" | "zero",
  f: () => T,
): { readonly result: T; readonly statistics: tf.Tensor[] } {
  const variables = statistics.map(({ variable }) => variable);
  // Clones share their variable's data: they cost no copy.
  const before = variables.map((variable) => tf.clone(variable));
  try {
    if (start === "zero") for (const variable of variables) variable.assign(tf.zeros(variable.shape));
    return { result: f(), statistics: variables.map((variable) => tf.clone(variable)) };
  } finally {
    for (const [i, variable] of variables.entries()) variable.assign(before[i]);
  }
}

/**
 * What statistics become that go on through micro-batches in their order: `moving ← momentum · moving + added`, in float32.
 *
 * @param added What each micro-batch adds to them.
 * @returns Tensors, which the caller disposes.
 */
export async function movedStatistics(
  statistics: readonly StateVariable[],
  added: readonly (readonly Float32Array[])[],
): Promise<tf.Tensor[]> {
  const before = await Promise.all(statistics.map(({ variable }) => variable.data<"float32">()));
  return statistics.map(({ variable, momentum = 0 }, i) => {
    const values = before[i].slice();
    for (const { [i]: more } of added)
      for (let c = 0; c < values.length; c++) values[c] = Math.fround(momentum * values[c]) + more[c];
    return tf.tensor(values, variable.shape);
  });
}
