import type { DistanceTable } from "../pairs/distance-table.ts";
import { type EvaluateOptions, type Evaluation, evaluate } from "./evaluate.ts";
import { meanAndStd } from "./summary.ts";

/** Groups that are each evaluated alone, such as RFW's. */
export interface GroupEvaluations {
  readonly groups: readonly ({ readonly group: string } & Pick<
    Evaluation,
    "pairs" | "folds" | "accuracy" | "val" | "auc" | "eer" | "tarAtFar"
  >)[];
  /** Groups without pairs, which are left out. */
  readonly empty: readonly string[];
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
 * @throws {RangeError} When the table does not know its photos, no group has pairs, or those of one are not fit for `evaluate`; the
 *   message then names the group.
 */
export function evaluateGroups(
  { distances, issame, folds, photos }: DistanceTable,
  groups: readonly string[],
  options: Pick<EvaluateOptions, "thresholds"> = {},
): GroupEvaluations {
  if (photos === undefined) {
    throw new RangeError("Cannot evaluate groups: expected a table with photos, got distances only");
  }
  const rowsOf = new Map(
    groups.map((group) => [
      group,
      photos.flatMap(([photo], p) => (photo.startsWith(`${group}/`) ? [p] : [])),
    ]),
  );
  const empty = groups.filter((group) => rowsOf.get(group)?.length === 0);
  if (empty.length === groups.length) {
    throw new RangeError(`Cannot evaluate groups: expected pairs of one of ${groups.join(", ")}, got none`);
  }
  const evaluations = groups.flatMap((group) => {
    const rows = rowsOf.get(group)!;
    if (rows.length === 0) return [];
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
    } = named(group, () => evaluate(of(distances), of(issame), own));
    return { group, pairs, folds: each, accuracy, val, auc, eer, tarAtFar };
  });
  const errors = evaluations.map(({ accuracy }) => 1 - accuracy.mean);
  const least = Math.min(...errors);
  return {
    groups: evaluations,
    empty,
    accuracy: meanAndStd(evaluations.map(({ accuracy }) => accuracy.mean)),
    skewedErrorRatio: least > 0 ? Math.max(...errors) / least : null,
  };
}

/** Says of which group an error is. */
function named<T>(group: string, body: () => T): T {
  try {
    return body();
  } catch (cause) {
    throw new RangeError(`Group ${group}: ${(cause as Error).message}`, { cause });
  }
}
