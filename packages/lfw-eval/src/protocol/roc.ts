import { checkFolds, checkSorted } from "../distances/check-distances.ts";
import { type SortedDistances, sortDistances } from "../distances/sorted-distances.ts";
import { countFolds, type Fold } from "./folds.ts";
import { ACCURACY_GRID, gridThreshold } from "./threshold-grid.ts";

/** A receiver operating characteristic: points in the order of rising threshold. */
export interface Roc {
  /** Squared distance below which a pair counts as the same person. */
  readonly threshold: Float64Array;
  /** False accept rate: share of different pairs below the threshold. */
  readonly far: Float64Array;
  /** True accept rate: share of same pairs below it. */
  readonly tar: Float64Array;
}

/**
 * The exact ROC, from (0, 0) to (1, 1), where the threshold is infinite.
 *
 * @param distances One a pair, of both classes.
 * @throws {RangeError} When the lists differ in length, a distance is not finite, or a class has no pairs.
 */
export function rocCurve(distances: ArrayLike<number>, issame: readonly boolean[]): Roc {
  return sortedRoc(sortDistances(distances, issame));
}

/**
 * The exact ROC of sorted distances. It has a point wherever the curve turns, which is at most twice for each
 * pair of the smaller class: of 50 million pairs it keeps some hundred thousand. Area, equal error rate and
 * smallest cost are those of all distances, since between turns only one of the rates moves.
 *
 * @throws {RangeError} When a distance is not finite, or a class has none.
 */
export function sortedRoc({ same, different }: SortedDistances): Roc {
  checkSorted({ same, different });
  const [threshold, far, tar]: number[][] = [[], [], []];
  let [s, d] = [0, 0];
  // The way that led to the last point: which counts rose.
  let [sameRose, differentRose] = [true, true];
  for (;;) {
    const next = Math.min(same[s] ?? Infinity, different[d] ?? Infinity);
    const [s0, d0] = [s, d];
    while (same[s] === next) s++;
    while (different[d] === next) d++;
    const straight = s > s0 === sameRose && d > d0 === differentRose && s > s0 !== d > d0;
    if (!straight || next === Infinity) {
      threshold.push(next);
      far.push(d0 / different.length);
      tar.push(s0 / same.length);
    }
    if (next === Infinity) break;
    [sameRose, differentRose] = [s > s0, d > d0];
  }
  return {
    threshold: Float64Array.from(threshold),
    far: Float64Array.from(far),
    tar: Float64Array.from(tar),
  };
}

/**
 * The ROC at thresholds 0, 0.01, … 3.99, its rates averaged over folds: the curve that the field's LFW
 * evaluations report. A fold without same pairs does not count in TAR, one without different pairs not in FAR.
 *
 * @throws {RangeError} When a distance is not finite, a fold has no pairs, or all pairs are of one class.
 */
export function meanRoc(folds: readonly Fold[]): Roc {
  checkFolds(folds, 1);
  const counts = countFolds(folds, ACCURACY_GRID);
  const mean = (of: "same" | "different") => {
    const filled = folds.flatMap((fold, k) => (fold[of].length > 0 ? [k] : []));
    const rates = new Float64Array(counts.all[of].length);
    for (const k of filled) {
      for (let i = 0; i < rates.length; i++) rates[i] += counts.folds[k][of][i] / folds[k][of].length;
    }
    return rates.map((sum) => sum / filled.length);
  };
  const far = mean("different");
  return {
    threshold: far.map((_, i) => gridThreshold(ACCURACY_GRID, i)),
    far,
    tar: mean("same"),
  };
}

/**
 * Area under a ROC by the trapezoid rule. Of an exact ROC it is the probability that a same pair is nearer
 * than a different one, ties counted half.
 *
 * @throws {RangeError} When a rate is NaN.
 */
export function areaUnder({ far, tar }: Roc): number {
  let area = 0;
  for (let i = 1; i < far.length; i++) area += ((far[i] - far[i - 1]) * (tar[i] + tar[i - 1])) / 2;
  if (Number.isNaN(area)) throw new RangeError("Cannot compute the area: expected rates, got NaN");
  return area;
}

/** Equal error rate: the FAR where the ROC, its points joined by lines, meets `TAR = 1 − FAR`. */
export function equalErrorRate({ far, tar }: Roc): number {
  let [far0, tar0] = [0, 0];
  for (let i = 0; i <= far.length; i++) {
    const [far1, tar1] = i < far.length ? [far[i], tar[i]] : [1, 1];
    const after = far1 + tar1 - 1;
    if (after >= 0) {
      const before = far0 + tar0 - 1;
      return far0 + ((far1 - far0) * -before) / (after - before);
    }
    [far0, tar0] = [far1, tar1];
  }
  throw new RangeError("Cannot compute the equal error rate: expected rates, got NaN");
}
