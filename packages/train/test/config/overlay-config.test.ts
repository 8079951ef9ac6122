import assert from "node:assert/strict";
import { test } from "node:test";
import { overlayConfig, PRESETS, resolveConfig } from "@amface/train";

const resolved = (upper: Record<string, unknown>) =>
  resolveConfig(overlayConfig(PRESETS.paper.config, { dataDir: "faces", ...upper }));

test("overlayConfig() lets another optimizer or loss bring its own options", () => {
  const adam = resolved({ optimizer: "adam", beta1: 0.8 });
  assert.deepEqual([adam.learningRate, adam.momentum, adam.beta1], [1e-3, undefined, 0.8]);
  assert.equal(resolved({ optimizer: "adam", learningRate: 0.01 }).learningRate, 0.01);
  const arc = resolved({ loss: "arcface" });
  assert.deepEqual([arc.margin, arc.scale], [0.5, 64]);
});

test("overlayConfig() keeps options where the optimizer and the loss stay", () => {
  const lower = { momentum: 0.8, learningRate: 0.2, margin: 0.4 };
  const upper = { optimizer: "momentum", loss: "am-softmax", batchSize: 8 };
  assert.deepEqual(overlayConfig(lower, upper), { ...lower, ...upper });
});

test("overlayConfig() lets one kind of schedule replace the other", () => {
  const byFile = resolved({ learningRateSchedule: "0: 0.1" });
  assert.deepEqual([byFile.schedule, byFile.learningRateSchedule], [undefined, "0: 0.1"]);
  assert.equal(byFile.learningRate, undefined);
  const lower = { learningRateSchedule: "0: 0.1", learningRateDecayFactor: 0.5 };
  assert.deepEqual(overlayConfig(lower, { schedule: { type: "cosine" } }), { schedule: { type: "cosine" } });
});
