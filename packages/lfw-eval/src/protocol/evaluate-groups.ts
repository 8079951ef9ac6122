import type { DistanceTable } from "../pairs/distance-table.ts";
import { type EvaluateOptions, type Evaluation, evaluate } from "./evaluate.ts";
import { meanAndStd } from "./summary.ts";

/** Groups that are each evaluated alone, such as RFW's. */
export interface GroupEvaluations {
  readonly groups: readonly ({ readonly group: string } & Pick<
    Evaluation,
    "pairs" | "folds" | "accuracy" | "val" | "auc" | "eer" | "tarAtFar"
  >)[];
  /** Mean of the groups' accuracies and their population standard deviation, by which RFW tells a bias. */
  readonly accuracy: { readonly mean: number; readonly std: number };
  /** Skewed error ratio: the largest share of pairs told wrong over the smallest; null where that is 0. */
  readonly skewedErrorRatio: number | null;
}

/**
 * Evaluates each group's pairs by LFW's protocol, with thresholds of their own folds, as RFW is reported (Wang and Deng,
 * CVPR 2020).
 *
 * @param table With photos, whose paths begin with their group's folder.
 * @throws {RangeError} When the table does not know its photos, or the pairs of a group are not fit for `evaluate`.
 */
export function evaluateGroups(
  { distances, issame, folds, photos }: DistanceTable,
  groups: readonly string[],
  options: Pick<EvaluateOptions, "thresholds"> = {},
): GroupEvaluations {
  if (photos === undefined) {
    throw new RangeError("Cannot evaluate groups: expected a table with photos, got distances only");
  }
  const evaluations = groups.map((group) => {
    const rows = photos.flatMap(([photo], p) => (photo.startsWith(`${group}/`) ? [p] : []));
    const of = <T>(list: ArrayLike<T>) => rows.map((p) => list[p]);
    const own = { ...options, ...(folds && { folds: of(folds) }) };
    const {
      pairs,
      folds: each,
      accuracy,
      val,
      auc,
      eer,
      tarAtFar,
    } = evaluate(of(distances), of(issame), own);
    return { group, pairs, folds: each, accuracy, val, auc, eer, tarAtFar };
  });
  const errors = evaluations.map(({ accuracy }) => 1 - accuracy.mean);
  const least = Math.min(...errors);
  return {
    groups: evaluations,
    accuracy: meanAndStd(evaluations.map(({ accuracy }) => accuracy.mean)),
    skewedErrorRatio: least > 0 ? Math.max(...errors) / least : null,
  };
}
