import { checkFinite } from "./check-distances.ts";

/** Distances of same and of different pairs, each in rising order: every rate is counted from these. */
export interface SortedDistances {
  readonly same: Float32Array | Float64Array;
  readonly different: Float32Array | Float64Array;
}

/**
 * Parts pairs by class and sorts each, in O(P log P) time.
 *
 * @param distances One a pair.
 * @throws {RangeError} When the lists differ in length, or a distance is not finite.
 */
export function sortDistances(distances: ArrayLike<number>, issame: readonly boolean[]): SortedDistances {
  checkFinite(distances, issame);
  const sameCount = issame.reduce((count, same) => count + Number(same), 0);
  const same = new Float64Array(sameCount);
  const different = new Float64Array(issame.length - sameCount);
  let [s, d] = [0, 0];
  for (let p = 0; p < issame.length; p++) {
    if (issame[p]) same[s++] = distances[p];
    else different[d++] = distances[p];
  }
  return { same: same.sort(), different: different.sort() };
}

/** How many values of a rising list are below `threshold`, by bisection. */
export function countLess(sorted: ArrayLike<number>, threshold: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] < threshold) low = middle + 1;
    else high = middle;
  }
  return low;
}
