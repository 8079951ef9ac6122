import { nameKey } from "@amface/files/browser";
import { checkDistances } from "../distances/check-distances.ts";
import type { DistanceTable } from "../pairs/distance-table.ts";
import { foldNumbers } from "../pairs/fold-numbers.ts";
import { seededIntegers } from "../pairs/random.ts";
import { stemOf } from "../pairs/stem-of.ts";
import { type BootstrapOptions, checkOptions, type Interval, interval } from "./bootstrap.ts";
import { foldAccuracies, splitFolds } from "./folds.ts";
import { canResample, resamplePairs } from "./resample-pairs.ts";

/** Two models on the same pairs, A against B. */
export interface Comparison {
  readonly pairs: number;
  /** Share of pairs told right, each at the threshold from the other folds. */
  readonly accuracy: {
    readonly a: number;
    readonly b: number;
    readonly difference: number;
    readonly interval: Interval;
  };
  /** McNemar's exact test on the pairs that only one of them tells right. */
  readonly mcnemar: { readonly onlyA: number; readonly onlyB: number; readonly pValue: number };
  readonly replicates: number;
  readonly level: number;
  readonly resampled: "identities" | "pairs";
  /** Which is better, where both the interval and the test (at 1 − level) say so; null otherwise, and where people are too few. */
  readonly better: "a" | "b" | null;
}

/**
 * Compares two models on the same pairs: a paired bootstrap of the difference of their accuracies (people drawn
 * with replacement, as in `bootstrap`), and McNemar's test, exact by the binomial distribution.
 *
 * @param a Distances of one model; its folds and identities count for both.
 * @param b Distances of the other for the same pairs in the same order.
 * @param folds K, where the table has no folds (default 10).
 * @throws {RangeError} When the tables are not of the same pairs or not fit for `evaluate`.
 */
export function compareModels(
  a: DistanceTable,
  b: DistanceTable,
  {
    folds = 10,
    replicates = 1000,
    seed = 1,
    level = 0.95,
  }: BootstrapOptions & { readonly folds?: number } = {},
): Comparison {
  checkSamePairs(a, b);
  checkDistances(a.distances, a.issame);
  checkDistances(b.distances, b.issame);
  checkOptions(replicates, level);
  const foldOf = a.folds ?? foldNumbers(a.issame.length, folds);
  const [rightA, rightB] = [a, b].map((table) => decisions(table, foldOf));
  const gain = Int8Array.from(rightA, (right, p) => right - rightB[p]);
  const resample = resamplePairs(a, seededIntegers(seed));
  const differences = Float64Array.from({ length: replicates }, () => {
    const weights = resample();
    let [sum, total] = [0, 0];
    for (let p = 0; p < weights.length; p++) {
      sum += weights[p] * gain[p];
      total += weights[p];
    }
    return sum / total;
  });
  const share = (right: Uint8Array) => right.reduce((sum, value) => sum + value, 0) / right.length;
  const bounds = interval(differences, level);
  const onlyA = gain.filter((value) => value > 0).length;
  const onlyB = gain.filter((value) => value < 0).length;
  const pValue = binomialTwoSided(Math.min(onlyA, onlyB), onlyA + onlyB);
  const sure = pValue < 1 - level && canResample(a);
  return {
    pairs: a.issame.length,
    accuracy: {
      a: share(rightA),
      b: share(rightB),
      difference: share(rightA) - share(rightB),
      interval: bounds,
    },
    mcnemar: { onlyA, onlyB, pValue },
    replicates,
    level,
    resampled: a.identities === undefined ? "pairs" : "identities",
    better: sure && bounds[0] > 0 ? "a" : sure && bounds[1] < 0 ? "b" : null,
  };
}

function checkSamePairs(a: DistanceTable, b: DistanceTable): void {
  const fail = (got: string): never => {
    throw new RangeError(
      `Cannot compare models: expected distances of the same pairs in the same order, got ${got}`,
    );
  };
  if (a.issame.length !== b.issame.length) fail(`${a.issame.length} and ${b.issame.length} pairs`);
  const label = a.issame.findIndex((same, p) => same !== b.issame[p]);
  if (label >= 0) fail(`other labels at pair ${label + 1}`);
  if (a.photos === undefined || b.photos === undefined) return;
  const stem = (name: string) => stemOf(nameKey(name));
  const other = a.photos.findIndex((photos, p) =>
    photos.some((name, i) => stem(name) !== stem(b.photos![p][i])),
  );
  if (other >= 0)
    fail(`${a.photos[other].join(" and ")} against ${b.photos[other].join(" and ")} at pair ${other + 1}`);
}

/** 1 for each pair that is told right at its fold's threshold. */
function decisions({ distances, issame }: DistanceTable, foldOf: readonly number[]): Uint8Array {
  const thresholds = foldAccuracies(splitFolds(distances, issame, foldOf)).map(({ threshold }) => threshold);
  const numbers = [...new Set(foldOf)].sort((a, b) => a - b);
  const indexOf = new Map(numbers.map((fold, k) => [fold, k]));
  return Uint8Array.from(issame, (same, p) =>
    Number(distances[p] < thresholds[indexOf.get(foldOf[p])!] === same),
  );
}

/** Probability of `count` or fewer heads, or as few tails, in `total` throws of a fair coin. */
function binomialTwoSided(count: number, total: number): number {
  let logTerm = -total * Math.LN2; // log of C(total, 0) / 2^total
  let sum = 0;
  for (let i = 0; i <= count; i++) {
    sum += Math.exp(logTerm);
    logTerm += Math.log((total - i) / (i + 1));
  }
  return Math.min(1, 2 * sum);
}
