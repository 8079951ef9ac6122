import assert from "node:assert/strict";
import { test } from "node:test";
import { type EpochScores, runScores, type Score, type TrainSummary } from "@amface/train";
import { renderTraining, scoresLine } from "../../src/train/render-training.ts";

function score(mean: number): Score {
  const accuracy = { mean, std: 0.01, standardError: 0.005, ci95: [mean - 0.01, mean + 0.01] as const };
  return {
    pairs: 60,
    skippedPairs: 0,
    folds: 3,
    accuracy,
    threshold: 1,
    auc: mean,
    aucCi95: [0, 1],
    eer: 0.1,
    val: null,
  };
}

const epochs = (...rows: (readonly [validation: number, lfw: number])[]): EpochScores[] =>
  rows.map(([validation, lfw], i) => ({
    ...{
      step: 10 * (i + 1),
      epoch: i + 1,
      validation: score(validation),
      tests: { lfw: score(lfw) },
      seconds: 1,
    },
  }));

const summary: TrainSummary = {
  ...{ runDir: "runs/a", finished: true, steps: 30, epochs: 3, identities: 5, photos: 50, skippedPhotos: 0 },
  ...{
    seconds: 12,
    imagesPerSecond: 80,
    loss: 3,
    accuracy: 0.5,
    checkpoint: "c",
    report: "runs/a/report.html",
  },
  ...{ model: "runs/a/model.safetensors", lastModel: "runs/a/model-last.safetensors" },
};

test("train prints last, chosen and best side by side, and says which of them flatters", () => {
  const scores = runScores(epochs([0.7, 0.75], [0.8, 0.7], [0.75, 0.6]))!;
  assert.equal(
    renderTraining({ ...summary, scores }),
    `trained 30 steps, 3 epochs in 12 s (80.0 images/s)
last epoch: loss 3.0000, accuracy 0.5000
accuracy ± standard error (95 % interval)
                        epoch                          validation                                 lfw
  last                      3  0.7500 ± 0.0050 (0.7400 to 0.7600)  0.6000 ± 0.0050 (0.5900 to 0.6100)
  chosen by validation      2  0.8000 ± 0.0050 (0.7900 to 0.8100)  0.7000 ± 0.0050 (0.6900 to 0.7100)
  best on lfw               1  0.7000 ± 0.0050 (0.6900 to 0.7100)  0.7500 ± 0.0050 (0.7400 to 0.7600)  optimistic: chosen on these pairs
model      runs/a/model.safetensors
last       runs/a/model-last.safetensors
report     runs/a/report.html`,
  );
});

test("train prints no scores where nothing was evaluated, and a line for each evaluation", () => {
  assert.doesNotMatch(renderTraining({ ...summary, lastModel: "" }), /accuracy ±/);
  assert.equal(
    scoresLine(epochs([0.7, 0.75])[0]),
    "epoch 1: validation 0.7000 ± 0.0050, lfw 0.7500 ± 0.0050",
  );
});
