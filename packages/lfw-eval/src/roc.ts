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
 * The exact ROC: one point for each distance that occurs, from (0, 0) to (1, 1), where the threshold is
 * infinite.
 *
 * @param distances One a pair, of both classes.
 */
export function rocCurve(distances: ArrayLike<number>, issame: readonly boolean[]): Roc {
  const sorted = { same: [] as number[], different: [] as number[] };
  issame.forEach((same, p) => {
    sorted[same ? "same" : "different"].push(distances[p]);
  });
  const same = Float64Array.from(sorted.same).sort();
  const different = Float64Array.from(sorted.different).sort();
  const points: [threshold: number, far: number, tar: number][] = [];
  for (let s = 0, d = 0; ; ) {
    const threshold = Math.min(same[s] ?? Infinity, different[d] ?? Infinity);
    points.push([threshold, d / different.length, s / same.length]);
    if (threshold === Infinity) break;
    while (same[s] === threshold) s++;
    while (different[d] === threshold) d++;
  }
  return {
    threshold: Float64Array.from(points, (point) => point[0]),
    far: Float64Array.from(points, (point) => point[1]),
    tar: Float64Array.from(points, (point) => point[2]),
  };
}

/**
 * The ROC at thresholds 0, 0.01, … 3.99, its rates averaged over folds: the curve that the field's LFW
 * evaluations report. A fold without same pairs does not count in TAR, one without different pairs not in FAR.
 */
export function meanRoc(folds: readonly Fold[]): Roc {
  const counts = countFolds(folds, ACCURACY_GRID);
  const mean = (of: "same" | "different") => {
    const filled = folds.flatMap((fold, k) => (fold[of].length > 0 ? [k] : []));
    return Float64Array.from(counts.all[of], (_, i) => {
      const rates = filled.map((k) => counts.folds[k][of][i] / folds[k][of].length);
      return rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
    });
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
 */
export function areaUnder({ far, tar }: Roc): number {
  let area = 0;
  for (let i = 1; i < far.length; i++) area += ((far[i] - far[i - 1]) * (tar[i] + tar[i - 1])) / 2;
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

export interface TarAtFar {
  /** The false accept rate that must not be exceeded. */
  readonly far: number;
  /** Largest true accept rate at that FAR or below; null where one different pair is already more. */
  readonly tar: number | null;
  /** The squared distance below which pairs are accepted for it; null likewise. */
  readonly threshold: number | null;
}

/**
 * TAR at given FARs on the exact ROC over all pairs. It chooses thresholds on the pairs that it reports on,
 * so it is a description of them and not, as VAL is, an estimate for others.
 *
 * @param fars Rates above 0. One below `1 / different pairs` cannot be measured; its TAR is null.
 */
export function tarAtFar(
  distances: ArrayLike<number>,
  issame: readonly boolean[],
  fars: readonly number[],
): TarAtFar[] {
  const roc = rocCurve(distances, issame);
  const different = issame.filter((same) => !same).length;
  return fars.map((far) => {
    // A little more than far, because 0.001 · 3000 may round below 3.
    const allowed = far * (1 + 1e-9);
    if (different * allowed < 1) return { far, tar: null, threshold: null };
    let i = 0;
    while (i + 1 < roc.far.length && roc.far[i + 1] <= allowed) i++;
    return { far, tar: roc.tar[i], threshold: roc.threshold[i] };
  });
}
