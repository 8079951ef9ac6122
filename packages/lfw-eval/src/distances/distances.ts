import type { Embeddings } from "./embeddings.ts";
import { lengths } from "./unit-rows.ts";

/**
 * Squared Euclidean distance of the L2-normalised embeddings of each pair: `2 − 2·cosθ`, from 0 (one
 * direction) to 4 (opposite ones). Computed in float64.
 *
 * @param pairs Row numbers of the two embeddings, from 0.
 * @throws {RangeError} When a row is out of range, or an embedding is not finite or zero (which has no
 *   direction).
 */
export function squaredDistances(
  embeddings: Embeddings,
  pairs: readonly { readonly a: number; readonly b: number }[],
): Float64Array {
  const { data, size } = embeddings;
  const norms = lengths(embeddings);
  return Float64Array.from(pairs, ({ a, b }, p) => {
    if (norms[a] === undefined || norms[b] === undefined) {
      throw new RangeError(
        `Cannot compare pair ${p}: expected rows below ${norms.length}, got ${a} and ${b}`,
      );
    }
    let sum = 0;
    for (let i = 0; i < size; i++) {
      const difference = data[a * size + i] / norms[a] - data[b * size + i] / norms[b];
      sum += difference * difference;
    }
    return sum;
  });
}
