import { type LocatedPairs, measurePairs } from "@amface/lfw-eval";
import type { Measured } from "./measured.ts";

/** What is done with distances, once to be told early what cannot be done. */
export type Rehearse = (measured: Measured) => void;

/**
 * Does what will be done with pairs' distances before these are known, all of them 0: folds without pairs, a class that
 * is missing, or another model's distances of other pairs are then told of at once, and not after minutes of embedding.
 *
 * @throws {Error} What the evaluation of these pairs would throw.
 */
export function rehearseOn(
  located: Pick<LocatedPairs, "pairs"> & Partial<LocatedPairs>,
  known: Omit<Measured, "table">,
  rehearse: Rehearse,
): void {
  const rows = located.pairs.reduce((most, { a, b }) => Math.max(most, a + 1, b + 1), 0);
  const table = measurePairs({ data: new Float32Array(rows).fill(1), size: 1 }, located);
  try {
    rehearse({ ...known, table });
  } catch (cause) {
    if (known.skippedPairs === 0) throw cause;
    const skipped = `${known.skippedPairs} pairs are skipped, whose photos are missing`;
    throw new Error(`${(cause as Error).message}; ${skipped}`, { cause });
  }
}
