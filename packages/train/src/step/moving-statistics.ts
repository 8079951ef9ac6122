import * as tf from "@tensorflow/tfjs-core";
import type { StateVariable } from "./state-variable.ts";

/**
 * Moves statistics on through micro-batches in their order: `moving ← momentum · moving + added`, in float32.
 *
 * @param before Their values before the step.
 * @param added What each micro-batch adds to them.
 */
export function moveStatistics(
  statistics: readonly StateVariable[],
  before: readonly Float32Array[],
  added: readonly (readonly Float32Array[])[],
): void {
  for (const [i, { variable, momentum = 0 }] of statistics.entries()) {
    const values = before[i].slice();
    for (const { [i]: more } of added)
      for (let c = 0; c < values.length; c++) values[c] = Math.fround(momentum * values[c]) + more[c];
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
  }
}
