import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { sharedData } from "../../../../test/shared-data.ts";
import { evaluate, FARS, readDistances, squaredDistances } from "../../src/mod.ts";
import { labels, randomDistances, seeded } from "../seeded.ts";

const near = (a: number, b: number, tolerance: number) => Math.abs(a - b) <= tolerance;

for (const name of ["a", "b"]) {
  const csv = sharedData("golden", `lfw-distances-${name}.csv`);
  test(`evaluate() gives the golden numbers of lfw-distances-${name}`, {
    skip: csv ? false : "needs ../shared/data/golden",
  }, async () => {
    const golden = JSON.parse(readFileSync(sharedData("golden", "lfw-distances.json")!, "utf8"))[name];
    const { distances, issame } = await readDistances(csv!);
    const got = evaluate(distances, issame);
    golden.acc.forEach((accuracy: number, k: number) => {
      assert.ok(near(got.folds[k].accuracy, accuracy, 1e-6), `fold ${k + 1}`);
    });
    assert.ok(near(got.accuracy.mean, golden.mean, 1e-6));
    assert.ok(near(got.accuracy.std, golden.std, 1e-6));
    assert.ok(near(got.val.mean, golden.val, 1e-4));
    assert.ok(near(got.val.std, golden.val_std, 1e-4));
    assert.ok(near(got.val.far, golden.far, 1e-4));
    assert.ok(near(got.auc, golden.auc, 1e-4));
    assert.ok(near(got.eer, golden.eer, 1e-4));
  });
}

test("evaluate() gives what was computed by hand for two folds of two pairs", () => {
  // Fold 1 is told apart by any threshold in (0.5, 1.0], fold 2 by any in (0.7, 0.9].
  const got = evaluate([0.5, 1, 0.7, 0.9], [true, false, true, false], {
    folds: 2,
    skippedPairs: 3,
    far: 0.5,
  });
  const { nistDcf, ...rest } = got;
  assert.deepEqual(
    nistDcf.map(({ name, value }) => [name, value]),
    [
      ["SRE 2008", 0],
      ["SRE 2010", 0],
      ["SRE 2012", 0],
      ["SRE 2016", 0],
    ],
  );
  assert.deepEqual(rest, {
    pairs: 4,
    skippedPairs: 3,
    folds: [
      { accuracy: 1, threshold: 0.71 }, // the lowest that tells fold 2 apart; right for fold 1 too
      { accuracy: 0.5, threshold: 0.51 }, // the lowest that tells fold 1 apart; too low for 0.7
    ],
    accuracy: {
      mean: 0.75,
      std: 0.25,
      standardError: 0.25,
      ci95: [0, 1], // ± 12.7 standard errors with one degree of freedom
    },
    // FAR 0.5 lies halfway from 0.9 to 0.901 on fold 2, and from 1 to 1.001 on fold 1.
    val: { mean: 1, std: 0, standardError: 0, ci95: [1, 1], far: 0.5 },
    // The averaged curve: (0, 0.5) from 0.51, (0, 1) from 0.71, (0.5, 1) from 0.91, (1, 1) from 1.01.
    auc: 1,
    eer: 0,
    tarAtFar: FARS.map((far) => ({ far, tar: null, threshold: null })),
    valAtFar: FARS.map((far) => ({ far, val: null })),
    // All pairs together: 0.5 and 0.7 lie below 0.9 and 1.
    exact: { auc: 1, eer: 0 },
    minDcf: { value: 0, threshold: 0.9, targetPrior: 0.01 },
    warnings: [
      "3 of 7 pairs were left out because a photo is missing",
      "2 different pairs cannot show a FAR of 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6: 1000000 or more are needed for all",
    ],
  });
});

test("evaluate() says which FARs rest on too few different pairs, and gives VAL at the others", () => {
  const issame = labels(10, 300);
  const got = evaluate(randomDistances(issame, 0.3, 4), issame);
  assert.deepEqual(got.warnings, [
    "3000 different pairs cannot show a FAR of 1e-4, 1e-5, 1e-6: 1000000 or more are needed for all",
    "TAR and VAL at a FAR of 1e-3 rest on fewer than 30 false accepts among 3000 different pairs: read their intervals",
  ]);
  assert.deepEqual(
    got.valAtFar.map(({ val }) => val === null),
    [false, false, false, true, true, true],
  );
  assert.deepEqual(got.valAtFar[2].val, got.val);
  const at = got.valAtFar.slice(0, 3).map(({ val }) => val!.mean);
  assert.ok(at[0] > at[1] && at[1] > at[2], `${at}`);
});

test("evaluate() with exact thresholds tells no fewer of the other folds' pairs right", () => {
  const issame = labels(5, 40);
  const distances = randomDistances(issame, 0.3, 9);
  const grid = evaluate(distances, issame, { folds: 5 });
  const exact = evaluate(distances, issame, { folds: 5, thresholds: "exact" });
  const right = (threshold: number, fold: number) =>
    issame.filter((same, p) => Math.floor(p / 80) !== fold && distances[p] < threshold === same).length;
  grid.folds.forEach(({ threshold }, k) => {
    const best = Math.max(...[...distances].map((d) => right(d + 1e-12, k)), right(0, k));
    assert.equal(right(exact.folds[k].threshold, k), best, `fold ${k + 1}`);
    assert.ok(right(threshold, k) <= best);
  });
});

test("evaluate() is perfect where the classes are apart", () => {
  const issame = labels(10, 5);
  const got = evaluate(
    issame.map((same, p) => (same ? 0.5 : 2) + (p % 10) / 1000),
    issame,
  );
  assert.deepEqual([got.accuracy.mean, got.accuracy.std, got.auc, got.eer], [1, 0, 1, 0]);
  assert.deepEqual(got.tarAtFar[0], { far: 0.1, tar: 1, threshold: got.tarAtFar[0].threshold });
  assert.equal(got.val.mean, 1);
});

test("evaluate() of random distances is chance within its own interval", () => {
  const issame = labels(10, 300);
  const got = evaluate(randomDistances(issame, 0, 5), issame);
  const [low, high] = got.accuracy.ci95;
  assert.ok(low <= 0.5 && 0.5 <= high && high - low < 0.06, `${low} to ${high}`);
  assert.ok(near(got.auc, 0.5, 0.03) && near(got.eer, 0.5, 0.03));
});

test("evaluate() of random embeddings is chance within its own interval", () => {
  const next = seeded(12);
  const size = 32;
  const data = Float32Array.from({ length: 12_000 * size }, () => next() + next() - 1);
  const issame = labels(10, 300);
  const pairs = issame.map((_, p) => ({ a: 2 * p, b: 2 * p + 1 }));
  const got = evaluate(squaredDistances({ data, size }, pairs), issame);
  const [low, high] = got.accuracy.ci95;
  assert.ok(low <= 0.5 && 0.5 <= high, `${low} to ${high}`);
});

test("evaluate() keeps to the folds that pairs came from where some were skipped", () => {
  const issame = labels(4, 20);
  const distances = randomDistances(issame, 0.3, 8);
  const foldOf = issame.map((_, p) => Math.floor(p / 40));
  assert.deepEqual(evaluate(distances, issame, { folds: foldOf }), evaluate(distances, issame, { folds: 4 }));

  // All of fold 2 is gone, and the different pairs of fold 3.
  const left = issame.flatMap((same, p) => (foldOf[p] === 1 || (foldOf[p] === 2 && !same) ? [] : [p]));
  const of = <T>(list: ArrayLike<T>) => left.map((p) => list[p]);
  const got = evaluate(of(distances), of(issame), { folds: of(foldOf).map((f) => f * 10), skippedPairs: 60 });
  assert.equal(got.pairs, 100);
  assert.equal(got.folds.length, 3);
  for (const value of [got.accuracy.mean, got.auc, got.eer]) assert.ok(value >= 0 && value <= 1);
});

test("evaluate() says what is wrong with pairs", () => {
  const issame = labels(2, 2);
  const distances = [0.5, 0.6, 2, 2.1, 0.4, 0.7, 1.9, 2.2];
  const fails = (message: RegExp, d: number[], s: boolean[], folds: number | number[] = 2) =>
    assert.throws(
      () => evaluate(d, s, { folds }),
      (error) => error instanceof RangeError && message.test(error.message),
    );
  fails(/expected at least one pair of each class, got no pairs/, [], []);
  fails(/as many distances as labels, got 7 and 8/, distances.slice(1), issame);
  fails(/0 to 4, got NaN at pair 3 and 1 more/, distances.with(2, Number.NaN).with(5, Number.NaN), issame);
  fails(/0 to 4, got 4.5 at pair 1$/, distances.with(0, 4.5), issame);
  fails(
    /expected same and different pairs, got 8 same pairs only/,
    distances,
    issame.map(() => true),
  );
  fails(/expected 2 folds or more, got 1/, distances, issame, 1);
  fails(/a number that 3 folds divide, got 8/, distances, issame, 3);
  fails(/only same ones in fold 1 of 4/, distances, issame, 4);
  fails(/expected 8 fold numbers, got 2/, distances, issame, [0, 1]);
  fails(
    /at least 2 folds with pairs, got 1/,
    distances,
    issame,
    issame.map(() => 0),
  );
  fails(
    /threshold for fold 2: expected different pairs in another fold/,
    distances,
    issame,
    issame.map((s) => (s ? 0 : 1)),
  );
});
