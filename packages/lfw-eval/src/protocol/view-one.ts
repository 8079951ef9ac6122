import { checkDistances } from "../distances/check-distances.ts";
import type { DistanceTable } from "../pairs/distance-table.ts";
import { bestThreshold, type ThresholdSearch } from "./folds.ts";
import { wilson } from "./summary.ts";

/** Result of LFW's View 1. */
export interface ViewOne {
  /** Squared distance that tells most training pairs right. */
  readonly threshold: number;
  readonly trainAccuracy: number;
  /** Share of the test pairs told right. */
  readonly accuracy: number;
  /** Wilson's 95 % interval of the accuracy, pairs taken for independent. */
  readonly ci95: readonly [number, number];
}

/**
 * LFW's View 1, for choosing models before View 2 is looked at: the threshold comes from the training pairs
 * (`pairsDevTrain.txt`), the accuracy from the test pairs (`pairsDevTest.txt`).
 *
 * @throws {RangeError} When one of the tables is not fit for `evaluate`.
 */
export function evaluateViewOne(
  train: DistanceTable,
  test: DistanceTable,
  search: ThresholdSearch = "grid",
): ViewOne {
  checkDistances(train.distances, train.issame);
  checkDistances(test.distances, test.issame);
  const threshold = bestThreshold(train, search);
  const right = ({ distances, issame }: DistanceTable) =>
    issame.reduce((count, same, p) => count + Number(distances[p] < threshold === same), 0);
  return {
    threshold,
    trainAccuracy: right(train) / train.issame.length,
    accuracy: right(test) / test.issame.length,
    ci95: wilson(right(test), test.issame.length),
  };
}
