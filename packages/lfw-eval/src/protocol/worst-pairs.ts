import { checkFinite } from "../distances/check-distances.ts";
import type { DistanceTable } from "../pairs/distance-table.ts";
import type { Evaluation } from "./evaluate.ts";

/** The middle one of the folds' thresholds: one threshold to stand for all. */
export function medianThreshold({ folds }: Pick<Evaluation, "folds">): number {
  const thresholds = folds.map(({ threshold }) => threshold).sort((a, b) => a - b);
  return thresholds[thresholds.length >> 1];
}

/**
 * The pairs that lie farthest on the wrong side of a threshold, or nearest to it on the right side where
 * fewer than `count` are told wrong.
 *
 * @param same Only pairs of this class (default both).
 * @returns At most `count` indices into the table, the worst pair first.
 * @throws {RangeError} When a distance is not finite.
 */
export function worstPairs(
  { distances, issame }: DistanceTable,
  threshold: number,
  count: number,
  same?: boolean,
): number[] {
  checkFinite(distances, issame);
  const wrongBy = (p: number) => (issame[p] ? distances[p] - threshold : threshold - distances[p]);
  return issame
    .flatMap((is, p) => (same === undefined || is === same ? [p] : []))
    .sort((p, q) => wrongBy(q) - wrongBy(p))
    .slice(0, count);
}
