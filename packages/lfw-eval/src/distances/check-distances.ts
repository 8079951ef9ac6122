/** How far rounding in float32 may carry a squared distance out of 0 to 4. */
const ROUNDING = 1e-3;

/** Whether a number can be the squared distance of two normalised embeddings. */
export function isSquaredDistance(value: number): boolean {
  return value >= -ROUNDING && value <= 4 + ROUNDING;
}

/**
 * Checks pairs for an evaluation: at least one of each class, and squared distances.
 *
 * @throws {RangeError} Naming the pair.
 */
export function checkDistances(distances: ArrayLike<number>, issame: readonly boolean[]): void {
  checkPairs(distances, issame, isSquaredDistance, "squared distances of normalised embeddings, 0 to 4");
  checkClasses(issame.filter(Boolean).length, issame.length);
}

/**
 * Checks pairs for what only compares their distances, whatever their scale.
 *
 * @throws {RangeError} Where the lists differ in length, or a distance is NaN or infinite; it names the pair.
 */
export function checkFinite(distances: ArrayLike<number>, issame: readonly boolean[]): void {
  checkPairs(distances, issame, Number.isFinite, "finite distances");
}

/** @throws {RangeError} Where all pairs are of one class, or there are none. */
export function checkClasses(same: number, pairs: number): void {
  if (pairs === 0) fail("at least one pair of each class", "no pairs");
  if (same === 0 || same === pairs)
    fail("same and different pairs", `${pairs} ${same > 0 ? "same" : "different"} pairs only`);
}

/** Distances of each class, in any order: those of a fold, or of all pairs. */
interface Classes {
  readonly same: ArrayLike<number>;
  readonly different: ArrayLike<number>;
}

/**
 * Checks folds, of which one may lack a class but not all of them.
 *
 * @param fewest Number of folds that there must be.
 * @throws {RangeError} Naming the fold.
 */
export function checkFolds(folds: readonly Classes[], fewest: number): void {
  if (folds.length < fewest) fail(`${fewest} folds or more`, `${folds.length}`);
  let [same, pairs] = [0, 0];
  for (const [k, fold] of folds.entries()) {
    const count = fold.same.length + fold.different.length;
    if (count === 0) fail("pairs in each fold", `none in fold ${k + 1}`);
    for (const distances of [fold.same, fold.different]) {
      for (let i = 0; i < distances.length; i++)
        if (!Number.isFinite(distances[i])) fail("finite distances", `${distances[i]} in fold ${k + 1}`);
    }
    same += fold.same.length;
    pairs += count;
  }
  checkClasses(same, pairs);
}

/**
 * Checks distances in rising order, in which NaN and infinities come last or first.
 *
 * @throws {RangeError} Where one is no number, or a class is empty.
 */
export function checkSorted({ same, different }: Classes): void {
  for (const sorted of [same, different]) {
    const wrong = [sorted[0], sorted[sorted.length - 1]].find((distance) => !Number.isFinite(distance));
    if (wrong !== undefined) fail("finite distances", String(wrong));
  }
  checkClasses(same.length, same.length + different.length);
}

function checkPairs(
  distances: ArrayLike<number>,
  issame: readonly boolean[],
  isRight: (distance: number) => boolean,
  expected: string,
): void {
  if (distances.length !== issame.length) {
    fail("as many distances as labels", `${distances.length} and ${issame.length}`);
  }
  let [first, count] = [-1, 0];
  for (let p = 0; p < issame.length; p++) {
    if (isRight(distances[p])) continue;
    if (count++ === 0) first = p;
  }
  if (count === 0) return;
  const others = count > 1 ? ` and ${count - 1} more` : "";
  // Negative numbers of this size are cosines, or distances with their sign turned.
  const hint = distances[first] < 0 ? "; a cosine c is the squared distance 2 − 2c" : "";
  fail(expected, `${distances[first]} at pair ${first + 1}${others}${hint}`);
}

function fail(expected: string, got: string): never {
  throw new RangeError(`Cannot evaluate pairs: expected ${expected}, got ${got}`);
}
