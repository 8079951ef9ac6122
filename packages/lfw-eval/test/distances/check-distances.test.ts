import assert from "node:assert/strict";
import { test } from "node:test";
import {
  areaUnder,
  bootstrap,
  compareModels,
  decide,
  evaluate,
  evaluateViewOne,
  type Fold,
  foldAccuracies,
  makeThresholdCard,
  meanRoc,
  minDcf,
  rocCurve,
  sortDistances,
  sortedRoc,
  sortedTarAtFar,
  splitFolds,
  subgroupRates,
  tarAtFar,
  validationRates,
  worstPairs,
} from "../../src/mod.ts";

const issame = [true, true, true, false, false, true, false, false];
const good = [0.1, 0.3, 0.4, 1.5, 1.2, 0.2, 1.9, 1.1];
const card = { model: "m", pairs: "p", flip: "none" } as const;

/** Every way in for distances and labels. */
function entries(distances: readonly number[], labels: readonly boolean[] = issame): (() => unknown)[] {
  const names = labels.map(() => ["a", "b"] as const);
  const table = { distances: Float64Array.from(distances), issame: labels, photos: names, identities: names };
  const other = { distances: Float64Array.from(good), issame: labels };
  const halves: Fold[] = [0, 1].map((half) => {
    const of = (same: boolean) =>
      Float64Array.from(distances.filter((_, p) => p % 2 === half && labels[p] === same));
    return { same: of(true), different: of(false) };
  });
  const sorted = {
    same: Float64Array.from(distances.filter((_, p) => labels[p])).sort(),
    different: Float64Array.from(distances.filter((_, p) => !labels[p])).sort(),
  };
  return [
    () => evaluate(distances, labels, { folds: 2 }),
    () => bootstrap(table, { replicates: 20 }),
    () => compareModels(table, other, { folds: 2, replicates: 20 }),
    () => compareModels(other, table, { folds: 2, replicates: 20 }),
    () => evaluateViewOne(table, other),
    () => evaluateViewOne(other, table),
    () => makeThresholdCard(table, { ...card, replicates: 20 }),
    () => rocCurve(distances, labels),
    () => tarAtFar(distances, labels, [0.5]),
    () => sortedRoc(sorted),
    () => sortedTarAtFar(sorted, [0.5]),
    () => meanRoc(halves),
    () => foldAccuracies(halves),
    () => foldAccuracies(halves, "exact"),
    () => validationRates(halves, 0.1),
    () => splitFolds(distances, labels, 2),
    () => sortDistances(distances, labels),
    () => subgroupRates(table, () => "all", 1),
    () => worstPairs(table, 1, 3),
  ];
}

/** Those that also make sense of one class; they come last. */
const ANY_CLASS = 3;

test("every function that takes distances refuses NaN and infinities", () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    for (const at of [2, 4]) {
      for (const entry of entries(good.with(at, value))) {
        const named = new RegExp(`got (other .*|${value}( at pair ${at + 1}| in fold .)?)`);
        assert.throws(entry, { name: "RangeError", message: named }, String(entry));
      }
    }
  }
});

test("every function that gives rates refuses pairs of one class", () => {
  for (const same of [true, false]) {
    const labels = issame.map(() => same);
    for (const entry of entries(good, labels).slice(0, -ANY_CLASS)) {
      assert.throws(
        entry,
        { name: "RangeError", message: /expected same and different pairs|in each fold/ },
        String(entry),
      );
    }
  }
});

test("sortDistances() and splitFolds() refuse lists of different lengths", () => {
  assert.throws(() => sortDistances(good.slice(1), issame), /as many distances as labels, got 7 and 8/);
  assert.throws(() => splitFolds(good.slice(1), issame, 2), /as many distances as labels, got 7 and 8/);
});

test("foldAccuracies() refuses a single fold, which leaves none to choose a threshold on", () => {
  const fold = { same: Float64Array.of(0.1), different: Float64Array.of(1) };
  assert.throws(() => foldAccuracies([fold]), /expected 2 folds or more, got 1/);
});

test("areaUnder() and minDcf() refuse rates that are NaN", () => {
  const roc = {
    threshold: Float64Array.of(0, 1),
    far: Float64Array.of(0, 1),
    tar: Float64Array.of(0, Number.NaN),
  };
  assert.throws(() => areaUnder(roc), /expected rates, got NaN/);
  assert.throws(() => minDcf(roc), /expected rates, got NaN/);
});

test("tarAtFar() refuses a FAR that is no rate", () => {
  for (const far of [Number.NaN, 0, -0.1, 1.1]) {
    assert.throws(() => tarAtFar(good, issame, [far]), /expected a rate above 0, 1 at most/);
  }
  assert.equal(tarAtFar(good, issame, [1])[0].tar, 1);
});

test("a squared distance may be off by rounding below 0 as above 4", () => {
  const rounded = good.with(0, -1e-9).with(6, 4.0005);
  const exact = good.with(0, 0).with(6, 4);
  assert.deepEqual(evaluate(rounded, issame, { folds: 2 }), evaluate(exact, issame, { folds: 2 }));
  const entry = { far: 0.1, threshold: 1, interval: [0.9, 1.1], tar: 1, tarInterval: [1, 1] } as const;
  const made = {
    ...makeThresholdCard({ distances: Float64Array.from(good), issame }, card),
    thresholds: [entry],
  };
  assert.equal(decide(made, -1e-9, 0.1).decision, "same");
  for (const wrong of [-0.01, 4.01]) {
    assert.throws(() => evaluate(good.with(0, wrong), issame, { folds: 2 }), RangeError);
    assert.throws(() => decide(made, wrong, 0.1), RangeError);
  }
});

test("evaluate() warns of similarities given as distances, and says how cosines become distances", () => {
  const similar = (warnings: readonly string[]) => warnings.filter((warning) => /similarities/.test(warning));
  const turned = evaluate(
    good.map((distance) => 2 - distance),
    issame,
    { folds: 2 },
  );
  assert.equal(turned.exact.auc, 0);
  assert.match(similar(turned.warnings)[0], /AUC is 0\.00.*a cosine c is the squared distance 2 − 2c/);
  assert.deepEqual(similar(evaluate(good, issame, { folds: 2 }).warnings), []);
  const cosines = good.map((distance) => 1 - distance);
  assert.throws(() => evaluate(cosines, issame, { folds: 2 }), /got -0\.5 at pair 4 .*a cosine c is/);
});
