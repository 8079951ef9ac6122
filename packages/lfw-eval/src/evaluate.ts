import { type FoldAccuracy, foldAccuracies, splitFolds } from "./folds.ts";
import { areaUnder, equalErrorRate, meanRoc, type TarAtFar, tarAtFar } from "./roc.ts";
import { meanAndStd, type Summary, summarize } from "./summary.ts";
import { validationRates } from "./validation-rate.ts";

const FARS = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6];

/** What LFW's protocol says of a list of pairs. All rates are 0 to 1. */
export interface Evaluation {
  /** Number of pairs evaluated. */
  readonly pairs: number;
  /** Number of pairs left out before, because a photo was missing. */
  readonly skippedPairs: number;
  readonly folds: readonly FoldAccuracy[];
  /** Accuracy over folds. */
  readonly accuracy: Summary;
  /**
   * Validation rate over folds, with thresholds chosen on the other folds; `far` is the mean false accept
   * rate that came of them, near the rate asked for.
   */
  readonly val: { readonly mean: number; readonly std: number; readonly far: number };
  /** Area under `meanRoc`: on its grid, averaged over folds. `areaUnder(rocCurve(…))` is the exact area. */
  readonly auc: number;
  /** Equal error rate of `meanRoc`. */
  readonly eer: number;
  /** On the exact ROC over all pairs, at FARs 0.1 to 1e-6. */
  readonly tarAtFar: readonly TarAtFar[];
}

export interface EvaluateOptions {
  /** K, or the fold of each pair; see `splitFolds` (default 10). */
  readonly folds?: number | readonly number[];
  /** Passed on to the result (default 0). */
  readonly skippedPairs?: number;
  /** The false accept rate that VAL asks for (default 1e-3). */
  readonly far?: number;
}

/**
 * Evaluates pairs by LFW's protocol (View 2): thresholds are chosen on all folds but one, rates measured on
 * that one.
 *
 * @param distances Squared distances of normalised embeddings, 0 to 4, one a pair.
 * @param issame Whether each pair shows one person.
 * @throws {RangeError} When there are no pairs, the lists differ in length, a distance is NaN or out of
 *   range, only one class is there, or the folds do not fit.
 */
export function evaluate(
  distances: ArrayLike<number>,
  issame: readonly boolean[],
  { folds = 10, skippedPairs = 0, far = 1e-3 }: EvaluateOptions = {},
): Evaluation {
  checkDistances(distances, issame);
  const split = splitFolds(distances, issame, folds);
  const accuracies = foldAccuracies(split);
  const validation = validationRates(split, far);
  const known = (rates: readonly number[]) => rates.filter((rate) => !Number.isNaN(rate));
  const roc = meanRoc(split);
  return {
    pairs: issame.length,
    skippedPairs,
    folds: accuracies,
    accuracy: summarize(accuracies.map((fold) => fold.accuracy)),
    val: {
      ...meanAndStd(known(validation.map((fold) => fold.val))),
      far: meanAndStd(known(validation.map((fold) => fold.far))).mean,
    },
    auc: areaUnder(roc),
    eer: equalErrorRate(roc),
    tarAtFar: tarAtFar(distances, issame, FARS),
  };
}

function checkDistances(distances: ArrayLike<number>, issame: readonly boolean[]): void {
  const fail = (expected: string, got: string): never => {
    throw new RangeError(`Cannot evaluate pairs: expected ${expected}, got ${got}`);
  };
  if (distances.length !== issame.length) {
    fail("as many distances as labels", `${distances.length} and ${issame.length}`);
  }
  if (issame.length === 0) fail("at least one pair of each class", "no pairs");
  // Rounding in float32 may carry a distance a little over 4.
  const wrong = issame.flatMap((_, p) => (distances[p] >= 0 && distances[p] <= 4.001 ? [] : [p]));
  if (wrong.length > 0) {
    const others = wrong.length > 1 ? ` and ${wrong.length - 1} more` : "";
    const expected = "squared distances of normalised embeddings, 0 to 4";
    fail(expected, `${distances[wrong[0]]} at pair ${wrong[0] + 1}${others}`);
  }
  if (issame.every(Boolean) || !issame.some(Boolean)) {
    fail("same and different pairs", `${issame.length} ${issame[0] ? "same" : "different"} pairs only`);
  }
}
