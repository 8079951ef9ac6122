import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluate, type PairList } from "@amface/lfw-eval";
import { inFolds } from "../../src/eval/in-folds.ts";

const photo = (identity: string) => ({ identity, path: `${identity}/1.jpg` });
const list: PairList = {
  folds: 6,
  pairs: Array.from({ length: 12 }, (_, i) => ({
    ...{ a: photo(`a${i}`), b: photo(`b${i}`) },
    ...{ same: i % 2 === 0, fold: Math.floor(i / 2) },
  })),
};

test("inFolds() puts a list into runs of one length, which stay where pairs are left out afterwards", () => {
  const three = inFolds(list, 3, "pairs.txt");
  assert.equal(three.folds, 3);
  assert.deepEqual(
    three.pairs.map(({ fold }) => fold),
    [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2],
  );
  const left = three.pairs.filter((_, i) => i !== 5); // 11 pairs, which 3 folds do not divide
  const issame = left.map(({ same }) => same);
  const distances = issame.map((same) => (same ? 0.5 : 1.5));
  const { folds } = evaluate(distances, issame, { folds: left.map(({ fold }) => fold!) });
  assert.deepEqual([folds.length, folds.every(({ accuracy }) => accuracy === 1)], [3, true]);
});

test("inFolds() leaves a list as it is where nothing else is asked for, or it has one fold", () => {
  assert.equal(inFolds(list, undefined, "pairs.txt"), list);
  assert.equal(inFolds(list, 6, "pairs.txt"), list);
  const one = { ...list, folds: 1 };
  assert.equal(inFolds(one, 5, "pairs.txt"), one);
  assert.throws(
    () => inFolds(list, 5, "pairs.txt"),
    /in 5 folds: expected a number that divides its 12 pairs/,
  );
});
