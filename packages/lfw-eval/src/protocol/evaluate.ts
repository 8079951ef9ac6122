import { checkDistances } from "../distances/check-distances.ts";
import { sortDistances } from "../distances/sorted-distances.ts";
import { type MinDcf, minDcf, type NistDcf, nistDcfs } from "./detection-cost.ts";
import { countFolds, type FoldAccuracy, foldAccuracies, splitFolds, type ThresholdSearch } from "./folds.ts";
import { areaUnder, equalErrorRate, meanRoc, sortedRoc } from "./roc.ts";
import { type Summary, summarize } from "./summary.ts";
import { allowedAccepts, FARS, farWarnings, sortedTarAtFar, type TarAtFar } from "./tar-at-far.ts";
import { VALIDATION_GRID } from "./threshold-grid.ts";
import { type FoldValidation, validationRates } from "./validation-rate.ts";

/** Validation rate at one FAR over folds, with thresholds chosen on the other folds. */
export interface Validation extends Summary {
  /** The mean false accept rate that came of those thresholds, near the rate asked for. */
  readonly far: number;
}

/** What LFW's protocol says of a list of pairs. All rates are 0 to 1. */
export interface Evaluation {
  /** Number of pairs evaluated. */
  readonly pairs: number;
  /** Number of pairs left out before, because a photo was missing. */
  readonly skippedPairs: number;
  readonly folds: readonly FoldAccuracy[];
  /** Accuracy over folds. */
  readonly accuracy: Summary;
  /** Validation rate at the FAR asked for. */
  readonly val: Validation;
  /** Area under `meanRoc`: on its grid, averaged over folds. */
  readonly auc: number;
  /** Equal error rate of `meanRoc`. */
  readonly eer: number;
  /** On the exact ROC over all pairs, at FARs 0.1 to 1e-6. */
  readonly tarAtFar: readonly TarAtFar[];
  /** Validation rates at FARs 0.1 to 1e-6; `val` is null where the pairs are too few to show the FAR at all. */
  readonly valAtFar: readonly { readonly far: number; readonly val: Validation | null }[];
  /** Area and equal error rate of the exact ROC over all pairs, free of grid and folds. */
  readonly exact: { readonly auc: number; readonly eer: number };
  /** Smallest detection cost at a prior of 0.01 for same pairs, on the exact ROC. */
  readonly minDcf: MinDcf;
  /** The same at the points of NIST's evaluations. */
  readonly nistDcf: readonly NistDcf[];
  /** What to keep in mind while reading the numbers, such as FARs that the pairs are too few for. */
  readonly warnings: readonly string[];
}

export interface EvaluateOptions {
  /** K, or the fold of each pair; see `splitFolds` (default 10). */
  readonly folds?: number | readonly number[];
  /** Passed on to the result (default 0). */
  readonly skippedPairs?: number;
  /** The false accept rate that VAL asks for (default 1e-3). */
  readonly far?: number;
  /** Where the folds' thresholds are looked for (default `grid`, as the field's results are made). */
  readonly thresholds?: ThresholdSearch;
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
  { folds = 10, skippedPairs = 0, far = 1e-3, thresholds = "grid" }: EvaluateOptions = {},
): Evaluation {
  checkDistances(distances, issame);
  const split = splitFolds(distances, issame, folds);
  const accuracies = foldAccuracies(split, thresholds);
  const mean = meanRoc(split);
  const sorted = sortDistances(distances, issame);
  const exact = sortedRoc(sorted);
  const different = sorted.different.length;
  const counts = countFolds(split, VALIDATION_GRID);
  const validationAt = (far: number) => validation(validationRates(split, far, counts));
  return {
    pairs: issame.length,
    skippedPairs,
    folds: accuracies,
    accuracy: summarize(accuracies.map((fold) => fold.accuracy)),
    val: validationAt(far),
    auc: areaUnder(mean),
    eer: equalErrorRate(mean),
    tarAtFar: sortedTarAtFar(sorted, FARS),
    valAtFar: FARS.map((far) => ({
      far,
      val: allowedAccepts(far, different) < 1 ? null : validationAt(far),
    })),
    exact: { auc: areaUnder(exact), eer: equalErrorRate(exact) },
    minDcf: minDcf(exact),
    nistDcf: nistDcfs(exact),
    warnings: [
      ...skipWarning(skippedPairs, issame.length),
      ...orderWarning(areaUnder(exact)),
      ...farWarnings(FARS, different),
    ],
  };
}

function validation(rates: readonly FoldValidation[]): Validation {
  const known = (values: readonly number[]) => values.filter((value) => !Number.isNaN(value));
  return {
    ...summarize(known(rates.map(({ val }) => val))),
    far: summarize(known(rates.map((rate) => rate.far))).mean,
  };
}

/** Similarities rank pairs the other way round; no model that learnt anything comes near. */
const TURNED = 0.25;

function orderWarning(auc: number): string[] {
  if (auc >= TURNED) return [];
  return [
    `the AUC is ${auc.toFixed(2)}: same pairs are farther apart than different ones, as if these were similarities ` +
      "or the labels were swapped; a cosine c is the squared distance 2 − 2c",
  ];
}

function skipWarning(skipped: number, pairs: number): string[] {
  if (skipped === 0) return [];
  return [`${skipped} of ${skipped + pairs} pairs were left out because a photo is missing`];
}
