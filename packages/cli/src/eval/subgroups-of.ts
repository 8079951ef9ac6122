import {
  type Attributes,
  type DistanceTable,
  type Evaluation,
  medianThreshold,
  type Subgroup,
  subgroupRates,
} from "@amface/lfw-eval";

/** How the groups of columns of an attributes file fare, at the middle one of the folds' thresholds and at those of FARs. */
export function subgroupsOf(
  { lookUp }: Attributes,
  columns: readonly string[],
  table: DistanceTable,
  evaluation: Evaluation,
): Record<string, Subgroup[]> {
  const threshold = medianThreshold(evaluation);
  return Object.fromEntries(
    columns.map((column) => {
      const groupOf = (photo: string, identity: string) => lookUp(column, photo, identity);
      return [column, subgroupRates(table, groupOf, threshold, evaluation.tarAtFar)];
    }),
  );
}

/** The same of groups that are the first folders of the photos' paths. */
export function folderRates(
  groups: readonly string[],
  table: DistanceTable,
  evaluation: Evaluation,
): Subgroup[] {
  const groupOf = (photo: string) => groups.find((group) => photo.startsWith(`${group}/`));
  return subgroupRates(table, groupOf, medianThreshold(evaluation), evaluation.tarAtFar);
}

/** @throws {Error} When one of `asked` is not in the file; the file's own choice where nothing is asked for. */
export function chooseColumns({ columns, names }: Attributes, asked: readonly string[] | undefined) {
  const unknown = asked?.find((name) => !names.includes(name));
  if (unknown === undefined) return asked ?? columns;
  throw new Error(`Cannot take --groups ${unknown}: expected columns of --attributes (${names.join(", ")})`);
}
