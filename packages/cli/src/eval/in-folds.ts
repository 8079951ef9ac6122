import { foldNumbers, type PairList, splitFolds } from "@amface/lfw-eval";

/**
 * A list whose pairs are in K runs of one length, whatever folds it names; found out before photos are looked at, so that
 * pairs of missing photos leave the others in their folds.
 *
 * @param folds K; the list as it is where it is absent, or the list has one fold, which is split later.
 * @throws {Error} When K does not divide the pairs, or a run would lack a class.
 */
export function inFolds(list: PairList, folds: number | undefined, file: string): PairList {
  if (folds === undefined || folds === list.folds || list.folds === 1) return list;
  if (list.groups) {
    throw new Error(
      `Cannot evaluate ${file} in ${folds} folds: expected the ${list.folds} of each group; leave --folds out`,
    );
  }
  checkFolds(
    list.pairs.map(({ same }) => same),
    folds,
    file,
  );
  const numbers = foldNumbers(list.pairs.length, folds);
  return { ...list, folds, pairs: list.pairs.map((pair, i) => ({ ...pair, fold: numbers[i] })) };
}

/** @throws {Error} As `inFolds`. */
export function checkFolds(issame: readonly boolean[], folds: number, file: string): void {
  const pairs = issame.length;
  if (pairs % folds !== 0) {
    const mend = "leave --folds out for those of the list, or give one that divides them";
    throw new Error(
      `Cannot evaluate ${file} in ${folds} folds: expected a number that divides its ${pairs} pairs; ${mend}`,
    );
  }
  splitFolds(new Float32Array(pairs), issame, folds);
}
