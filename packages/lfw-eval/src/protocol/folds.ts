import { checkFinite, checkFolds } from "../distances/check-distances.ts";
import { type SortedDistances, sortDistances } from "../distances/sorted-distances.ts";
import { foldNumbers } from "../pairs/fold-numbers.ts";
import { ACCURACY_GRID, countBelow, gridThreshold, type ThresholdGrid } from "./threshold-grid.ts";

/** The distances of one fold's pairs. */
export interface Fold {
  readonly same: Float64Array;
  readonly different: Float64Array;
}

/** What a fold says when the other folds have chosen the threshold. */
export interface FoldAccuracy {
  /** Share of the fold's pairs that are told right, 0 to 1. */
  readonly accuracy: number;
  /** Squared distance below which a pair counts as the same person. */
  readonly threshold: number;
}

/**
 * Splits pairs into folds.
 *
 * @param folds Either K, for K runs of consecutive pairs of equal length; or the fold of each pair, as
 *   `locatePhotos` gives it, which keeps pairs in their fold where some were skipped. Folds may then differ
 *   in length, one may lack a class, and one without any pair is left out.
 * @throws {RangeError} When a distance is not finite, K does not divide the pairs, a run of pairs lacks a class, or
 *   fewer than 2 folds are left.
 */
export function splitFolds(
  distances: ArrayLike<number>,
  issame: readonly boolean[],
  folds: number | readonly number[],
): Fold[] {
  checkFinite(distances, issame);
  const foldOf = typeof folds === "number" ? foldNumbers(issame.length, folds) : folds;
  if (foldOf.length !== issame.length) {
    throw new RangeError(`Cannot split pairs: expected ${issame.length} fold numbers, got ${foldOf.length}`);
  }
  const members = new Map<number, { same: number[]; different: number[] }>();
  foldOf.forEach((fold, p) => {
    if (!members.has(fold)) members.set(fold, { same: [], different: [] });
    members.get(fold)![issame[p] ? "same" : "different"].push(distances[p]);
  });
  if (members.size < 2) {
    throw new RangeError(`Cannot split pairs: expected at least 2 folds with pairs, got ${members.size}`);
  }
  return [...members.entries()]
    .sort(([a], [b]) => a - b)
    .map(([fold, { same, different }]) => {
      if (typeof folds === "number" && (same.length === 0 || different.length === 0)) {
        const only = same.length === 0 ? "different" : "same";
        throw new RangeError(
          `Cannot split pairs: expected same and different pairs in each fold, got only ${only} ones in fold ` +
            `${fold + 1} of ${folds}; order the pairs as pairs.txt does, or give each pair's fold`,
        );
      }
      return { same: Float64Array.from(same), different: Float64Array.from(different) };
    });
}

/** Of each fold, and of all of them together, how many pairs lie below each threshold. */
export interface FoldCounts {
  readonly folds: readonly { readonly same: Uint32Array; readonly different: Uint32Array }[];
  readonly all: { readonly same: Uint32Array; readonly different: Uint32Array };
}

export function countFolds(folds: readonly Fold[], grid: ThresholdGrid): FoldCounts {
  const counts = folds.map((fold) => ({
    same: countBelow(fold.same, grid),
    different: countBelow(fold.different, grid),
  }));
  const total = (of: "same" | "different") => {
    const sum = new Uint32Array(counts[0][of].length);
    for (const fold of counts) for (let i = 0; i < sum.length; i++) sum[i] += fold[of][i];
    return sum;
  };
  return { folds: counts, all: { same: total("same"), different: total("different") } };
}

/** Number of pairs in all folds. */
export function countPairs(folds: readonly Fold[]): { same: number; different: number } {
  return {
    same: folds.reduce((sum, fold) => sum + fold.same.length, 0),
    different: folds.reduce((sum, fold) => sum + fold.different.length, 0),
  };
}

/**
 * Where thresholds are looked for: `grid` is 0, 0.01, … 3.99, as LFW results are published; `exact` is half way
 * between any two neighbouring distances of the other folds, which can only tell more of them right.
 */
export type ThresholdSearch = "grid" | "exact";

/**
 * Accuracy on each fold at the threshold that tells most pairs of the other folds right; of several the
 * lowest. A pair counts as the same person below the threshold.
 *
 * @throws {RangeError} When there are fewer than 2 folds, one has no pairs, a distance is not finite, or all pairs are
 *   of one class.
 */
export function foldAccuracies(folds: readonly Fold[], search: ThresholdSearch = "grid"): FoldAccuracy[] {
  checkFolds(folds, 2);
  const thresholds =
    search === "grid" ? gridThresholds(folds) : folds.map((_, k) => exactThreshold(folds, k));
  return folds.map(({ same, different }, k) => {
    const threshold = thresholds[k];
    const below = (distances: Float64Array) =>
      distances.reduce((count, distance) => count + Number(distance < threshold), 0);
    const right = below(same) + different.length - below(different);
    return { accuracy: right / (same.length + different.length), threshold };
  });
}

function gridThresholds(folds: readonly Fold[]): number[] {
  const { folds: counts, all } = countFolds(folds, ACCURACY_GRID);
  return counts.map((own) => {
    // Right on the other folds: same pairs below, different ones not below. Constants left out.
    const right = (same: number, i: number) => same - own.same[i] - (all.different[i] - own.different[i]);
    return gridThreshold(ACCURACY_GRID, largest(all.same, right));
  });
}

/** The best threshold for all folds but one. */
function exactThreshold(folds: readonly Fold[], without: number): number {
  const others = folds.filter((_, k) => k !== without);
  const sorted = (of: "same" | "different") =>
    Float64Array.from(others.flatMap((fold) => [...fold[of]])).sort();
  return middleOfBestGap({ same: sorted("same"), different: sorted("different") });
}

/** The threshold that tells most of these pairs right; of several the lowest. */
export function bestThreshold(
  { distances, issame }: { readonly distances: ArrayLike<number>; readonly issame: readonly boolean[] },
  search: ThresholdSearch,
): number {
  const sorted = sortDistances(distances, issame);
  if (search === "exact") return middleOfBestGap(sorted);
  const same = countBelow(sorted.same, ACCURACY_GRID);
  const different = countBelow(sorted.different, ACCURACY_GRID);
  return gridThreshold(
    ACCURACY_GRID,
    largest(same, (below, i) => below - different[i]),
  );
}

/** The middle of the lowest gap between distances that tells most of them right; 0 where none does better. */
function middleOfBestGap({ same, different }: SortedDistances): number {
  let best = 0;
  let bestRight = 0;
  for (let s = 0, d = 0; s < same.length || d < different.length; ) {
    const distance = Math.min(same[s] ?? Infinity, different[d] ?? Infinity);
    while (same[s] === distance) s++;
    while (different[d] === distance) d++;
    if (s - d <= bestRight) continue;
    bestRight = s - d;
    const next = Math.min(same[s] ?? Infinity, different[d] ?? Infinity);
    best = next === Infinity ? distance + 0.01 : (distance + next) / 2;
    // The middle of two neighbouring doubles may round to the lower one, which is not above itself.
    if (best === distance) best = next;
  }
  return best;
}

/** Index of the largest score; of several the first. */
function largest(list: Uint32Array, score: (value: number, i: number) => number): number {
  let [best, bestScore] = [0, -Infinity];
  for (let i = 0; i < list.length; i++) {
    const value = score(list[i], i);
    if (value > bestScore) [best, bestScore] = [i, value];
  }
  return best;
}
