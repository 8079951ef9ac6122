import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveConfig } from "@amface/train";

test("resolveConfig() refuses what a sampled head cannot go with, by name", () => {
  const refuse = (more: object, message: RegExp) =>
    assert.throws(() => resolveConfig({ dataDir: "faces", sampleRate: 0.1, ...more }), {
      name: "ConfigError",
      message,
    });
  refuse({ loss: "softmax" }, /expected a loss without a bias beside sampleRate, got softmax/);
  refuse({ optimizer: "adamw" }, /expected optimizer momentum or nesterov beside sampleRate, got adamw/);
  refuse({ centerLossFactor: 0.1 }, /expected centerLossFactor 0 beside sampleRate, got 0.1/);
  refuse({ teacher: "a", lossWeight: 0 }, /expected a lossWeight above 0 beside sampleRate, got 0/);
  refuse({ sampleRate: 0 }, /sampleRate/);
  refuse({ sampleRate: 1.5 }, /sampleRate/);
  const more = { sampleRate: 0.1, loss: "adaface", optimizer: "nesterov", emaDecay: 0.9 } as const;
  assert.equal(resolveConfig({ dataDir: "faces", ...more }).sampleRate, 0.1);
});

test("resolveConfig() refuses what a sharded head cannot go with, by name", () => {
  const refuse = (more: object, message: RegExp) =>
    assert.throws(() => resolveConfig({ dataDir: "faces", head: "sharded", ...more }), {
      name: "ConfigError",
      message,
    });
  const losses = "am-softmax, normalised-softmax, arcface, combined, adaface, magface";
  for (const loss of ["softmax", "sphereface"])
    refuse({ loss }, new RegExp(`expected one of the losses ${losses} beside a sharded head, got ${loss}`));
  refuse({ sampleRate: 0.1 }, /expected no sampleRate beside a sharded head, got 0.1/);
  refuse({ centerLossFactor: 0.1 }, /expected centerLossFactor 0 beside a sharded head, got 0.1/);
  refuse({ teacher: "a", lossWeight: 0 }, /expected a lossWeight above 0 beside a sharded head, got 0/);
  refuse({ head: "cut" }, /head/);
});
