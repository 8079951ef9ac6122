/**
 * The fold of each pair, for K runs of consecutive pairs of equal length.
 *
 * @throws {RangeError} When K does not divide the pairs.
 */
export function foldNumbers(pairs: number, folds: number): number[] {
  if (!(Number.isInteger(folds) && folds >= 2)) {
    throw new RangeError(`Cannot split pairs: expected 2 folds or more, got ${folds}`);
  }
  if (pairs % folds !== 0) {
    throw new RangeError(
      `Cannot split pairs: expected a number that ${folds} folds divide, got ${pairs}; ` +
        "where pairs were skipped, give each pair's fold",
    );
  }
  return Array.from({ length: pairs }, (_, p) => Math.floor(p / (pairs / folds)));
}

/**
 * The fold of each pair where none are named: the pairs of each class, in their order, in K runs of, as near as can
 * be, one length.
 */
export function runsOfEachClass(issame: readonly boolean[], folds: number): number[] {
  const total = { true: 0, false: 0 };
  for (const same of issame) total[`${same}`]++;
  const seen = { true: 0, false: 0 };
  return issame.map((same) => Math.floor((folds * seen[`${same}`]++) / total[`${same}`]));
}
