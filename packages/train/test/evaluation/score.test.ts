import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bestOn,
  chosenOf,
  type EpochScores,
  runScores,
  type Score,
  scoreRows,
  scoresFigure,
  thetaFigure,
  trainingFigure,
} from "@amface/train";
import { hasStalled } from "../../src/evaluation/score.ts";

/** A score of this accuracy and AUC. */
function score(mean: number, auc = mean): Score {
  const accuracy = { mean, std: 0.01, standardError: 0.005, ci95: [mean - 0.01, mean + 0.01] as const };
  const interval = [auc - 0.02, auc + 0.02] as const;
  return {
    pairs: 60,
    skippedPairs: 0,
    folds: 3,
    accuracy,
    threshold: 1,
    auc,
    aucCi95: interval,
    eer: 0.1,
    val: null,
  };
}

/** Epochs of 10 steps by accuracy on validation (and its AUC) and on a test set. */
const history = (...rows: (readonly [validation: number, auc: number, lfw: number])[]): EpochScores[] =>
  rows.map(([validation, auc, lfw], i) => ({
    step: 10 * (i + 1),
    epoch: i + 1,
    validation: score(validation, auc),
    tests: { lfw: score(lfw) },
    seconds: 1,
  }));

test("validation alone chooses: the highest accuracy, then the largest AUC, then the latest", () => {
  assert.equal(chosenOf(history([0.7, 0.8, 0.9], [0.8, 0.7, 0.6], [0.6, 0.9, 0.99]))?.epoch, 2);
  assert.equal(chosenOf(history([0.8, 0.8, 0.9], [0.8, 0.7, 0.6]))?.epoch, 1);
  assert.equal(chosenOf(history([0.8, 0.8, 0.9], [0.8, 0.8, 0.6], [0.7, 0.9, 0.9]))?.epoch, 2);
  assert.equal(chosenOf([]), undefined);
});

test("without validation the last is the chosen one, whatever the test sets say", () => {
  const scores = history([0, 0, 0.9], [0, 0, 0.5]).map(({ validation: _, ...rest }) => rest);
  assert.equal(chosenOf(scores)?.epoch, 2);
  const run = runScores(scores)!;
  assert.deepEqual([run.chosenBy, run.chosen.epoch, run.best.lfw.epoch], ["last", 2, 1]);
});

test("last, chosen and best stand side by side, and only the best of a test set is optimistic", () => {
  const scores = history([0.7, 0.7, 0.9], [0.8, 0.8, 0.7], [0.6, 0.6, 0.8]);
  assert.equal(bestOn(scores, "lfw")?.epoch, 1);
  assert.deepEqual(
    scoreRows(runScores(scores)!).map(({ name, optimistic, scores }) => [name, optimistic, scores.epoch]),
    [
      ["last", false, 3],
      ["chosen by validation", false, 2],
      ["best on lfw", true, 1],
    ],
  );
  assert.equal(runScores([]), undefined);
});

test("scoresFigure() draws a curve with intervals for each set, and marks the chosen epoch", () => {
  const { data, layout } = scoresFigure(history([0.7, 0.7, 0.9], [0.8, 0.8, 0.7]), history([0, 0, 0])[0]);
  assert.deepEqual(
    data.map(({ name, x, y }) => [name, x, y]),
    [
      ["validation", [1, 2], [0.7, 0.8]],
      ["lfw", [1, 2], [0.9, 0.7]],
    ],
  );
  assert.deepEqual((data[0].error_y as { array: number[] }).array, [0.01, 0.01]);
  assert.equal((layout.shapes as { x0: number }[])[0].x0, 1);
});

test("trainingFigure() thins long runs out to means that keep the whole", () => {
  const points = Array.from({ length: 2500 }, (_, i) => ({
    step: i + 1,
    crossEntropy: i % 3,
    targetCosine: 0.5,
  }));
  const [loss, cosine] = trainingFigure(points).data as { x: number[]; y: number[] }[];
  assert.deepEqual([loss.x.length, loss.x[0], loss.x.at(-1)], [834, 3, 2500]);
  assert.ok(loss.y.slice(0, -1).every((y) => y === 1) && cosine.y.every((y) => y === 0.5));
  assert.deepEqual((trainingFigure(points.slice(0, 2)).data[0] as { y: number[] }).y, [0, 1]);
});

test("thetaFigure() shows shares of angles in degrees, own and other, for each name", () => {
  const step = (target: number, other: number) => ({
    targetAngles: Float32Array.of(target, target),
    otherAngles: Float32Array.of(other, Math.PI),
  });
  const { data } = thetaFigure([
    { name: "first", steps: [step(Math.PI / 2 + 0.01, 1), step(0.01, 1)] },
    { name: "last", steps: [step(0.01, 1)] },
  ]);
  assert.deepEqual(
    data.map(({ name }) => name),
    ["own identity, first", "hardest other, first", "own identity, last", "hardest other, last"],
  );
  const at = (curve: number, degrees: number) =>
    (data[curve].y as number[])[(data[curve].x as number[]).indexOf(degrees)];
  assert.deepEqual([at(0, 2), at(0, 90), at(1, 58), at(1, 178), at(2, 2)], [0.5, 0.5, 0.5, 0.5, 1]);
});

test("scores stall where so many evaluations were no better than one before them: equal ones are not", () => {
  const rising = history([0.7, 0.7, 0], [0.8, 0.8, 0], [0.9, 0.9, 0]);
  assert.equal(hasStalled(rising, 1), false);
  const saturated = history([0.7, 0.7, 0], [1, 1, 0], [1, 1, 0], [1, 1, 0]);
  assert.deepEqual(
    [1, 2, 3].map((patience) => hasStalled(saturated, patience)),
    [true, true, false],
  );
  assert.equal(hasStalled(history([0.9, 0.9, 0], [0.8, 0.8, 0], [0.9, 0.95, 0]), 1), false);
  assert.equal(hasStalled([], 1), false);
});
