import {
  type DistanceTable,
  type Evaluation,
  medianThreshold,
  readAttributes,
  type Subgroup,
  subgroupRates,
} from "@amface/lfw-eval";

/** Error rates of the groups of every column of an attributes file, at the middle one of the folds' thresholds. */
export async function subgroupsOf(
  path: string,
  table: DistanceTable,
  evaluation: Evaluation,
): Promise<Record<string, Subgroup[]>> {
  const attributes = await readAttributes(path);
  const threshold = medianThreshold(evaluation);
  return Object.fromEntries(
    attributes.columns.map((column) => [
      column,
      subgroupRates(table, (photo, identity) => attributes.lookUp(column, photo, identity), threshold),
    ]),
  );
}
