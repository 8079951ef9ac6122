import assert from "node:assert/strict";
import { test } from "node:test";
import { foldAccuracies, splitFolds, validationRates } from "../../src/mod.ts";
import { labels, randomDistances } from "../seeded.ts";

const issame = labels(4, 50);
// Two decimals, so that many distances lie exactly on a threshold.
const distances = randomDistances(issame, 0.2, 3).map((d) => Math.round(d * 100) / 100);

/** Share of pairs told right by trying every pair: what the counting must agree with. */
function accuracyAt(pairs: readonly number[], threshold: number): number {
  return pairs.filter((p) => distances[p] < threshold === issame[p]).length / pairs.length;
}

test("foldAccuracies() agrees with trying every threshold on every pair", () => {
  const all = issame.map((_, p) => p);
  const got = foldAccuracies(splitFolds(distances, issame, 4));
  assert.equal(got.length, 4);
  got.forEach(({ accuracy, threshold }, k) => {
    const others = all.filter((p) => Math.floor(p / 100) !== k);
    const scores = Array.from({ length: 400 }, (_, i) => accuracyAt(others, i / 100));
    assert.equal(threshold, scores.indexOf(Math.max(...scores)) / 100);
    assert.equal(
      accuracy,
      accuracyAt(
        all.filter((p) => Math.floor(p / 100) === k),
        threshold,
      ),
    );
  });
});

test("foldAccuracies() counts a pair at the threshold as different people", () => {
  // 0.29 times 100 is 28.999999999999996 in binary; the pair must still not be below 0.29.
  const [fold] = foldAccuracies(splitFolds([0.28, 0.29, 0.28, 0.29], [true, false, true, false], 2));
  assert.deepEqual(fold, { accuracy: 1, threshold: 0.29 });
});

test("validationRates() interpolates the threshold between those that the FAR lies between", () => {
  // On the other fold one of four different pairs is below 1.001 and none below 1.000.
  const same = [0.9, 1.0001, 1.0006, 1.5];
  const different = [1.0004, 2, 2, 2];
  const fold = { same: Float64Array.from(same), different: Float64Array.from(different) };
  const [{ val, far, threshold }] = validationRates([fold, fold], 0.1);
  assert.ok(Math.abs(threshold - 1.0004) < 1e-12); // 1 + 0.1/0.25 of 0.001
  assert.equal(val, 0.5);
  assert.ok(far === 0 || far === 0.25); // 1.0004 itself may round either way
  assert.throws(() => validationRates([fold, fold], 0), RangeError);
});
