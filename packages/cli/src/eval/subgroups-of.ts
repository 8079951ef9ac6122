import {
  type Attributes,
  type DistanceTable,
  type Evaluation,
  medianThreshold,
  type Subgroup,
  subgroupRates,
} from "@amface/lfw-eval";

/** Error rates of the groups of every column of an attributes file, at the middle one of the folds' thresholds. */
export function subgroupsOf(
  attributes: Attributes,
  table: DistanceTable,
  evaluation: Evaluation,
): Record<string, Subgroup[]> {
  const threshold = medianThreshold(evaluation);
  return Object.fromEntries(
    attributes.columns.map((column) => [
      column,
      subgroupRates(table, (photo, identity) => attributes.lookUp(column, photo, identity), threshold),
    ]),
  );
}
