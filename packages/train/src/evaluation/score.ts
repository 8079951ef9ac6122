import type { Interval, Summary } from "@amface/lfw-eval";

/** What an evaluation of pairs during training leaves. All rates are 0 to 1. */
export interface Score {
  readonly pairs: number;
  /** Pairs that were left out because a photo is missing or cannot be read. */
  readonly skippedPairs: number;
  readonly folds: number;
  /** Accuracy over folds, with its standard error and 95 % interval. */
  readonly accuracy: Summary;
  /** The middle one of the folds' thresholds: a squared distance. */
  readonly threshold: number;
  /** Area under the exact ROC over all pairs, and its 95 % interval by resampling people. */
  readonly auc: number;
  /** Null where people are too few. */
  readonly aucCi95: Interval | null;
  readonly eer: number;
  /** Validation rate at a FAR of 1e-3, and the FAR that came of it; `null` where there are too few pairs. */
  readonly val: { readonly mean: number; readonly std: number; readonly far: number } | null;
}

/** The scores of one state of a net. */
export interface EpochScores {
  /** Steps and whole epochs done. */
  readonly step: number;
  readonly epoch: number;
  /** On people held out of the training: this alone chooses the net. */
  readonly validation?: Score;
  /** On test sets, by name: these choose nothing. */
  readonly tests: Readonly<Record<string, Score>>;
  /** Seconds that the evaluation took. */
  readonly seconds: number;
}

/**
 * The state that validation chooses: the highest accuracy, of several the largest AUC, of several of these the latest.
 * Without validation it is the last one.
 *
 * @param history Oldest first.
 */
export function chosenOf(history: readonly EpochScores[]): EpochScores | undefined {
  return best(history, ({ validation }) => validation);
}

/**
 * Whether the last evaluations, `patience` of them or more, validated no better than one before them. An equal score is not
 * better, though of equal ones the latest is chosen.
 */
export function hasStalled(history: readonly EpochScores[], patience: number): boolean {
  const chosen = chosenOf(history)?.validation;
  if (chosen === undefined) return false;
  const first = history.findIndex(
    ({ validation }) => validation?.accuracy.mean === chosen.accuracy.mean && validation.auc === chosen.auc,
  );
  return history.length - 1 - first >= patience;
}

/** The state with the highest accuracy on a test set, which is an optimistic figure: the set itself chose it. */
export function bestOn(history: readonly EpochScores[], test: string): EpochScores | undefined {
  return best(history, ({ tests }) => tests[test]);
}

function best(
  history: readonly EpochScores[],
  scoreOf: (scores: EpochScores) => Score | undefined,
): EpochScores | undefined {
  const rank = (scores: EpochScores) => {
    const score = scoreOf(scores);
    return score === undefined ? [-1, -1] : [score.accuracy.mean, score.auc];
  };
  return history.reduce<EpochScores | undefined>((best, scores) => {
    if (best === undefined) return scores;
    const [a, b] = [rank(best), rank(scores)];
    return b[0] > a[0] || (b[0] === a[0] && b[1] >= a[1]) ? scores : best;
  }, undefined);
}
