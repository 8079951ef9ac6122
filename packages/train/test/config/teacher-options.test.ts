import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveConfig } from "@amface/train";

test("resolveConfig() refuses options of a teacher without one, and parts that photos without labels do not fill", () => {
  const refuse = (more: object, message: RegExp) =>
    assert.throws(() => resolveConfig({ dataDir: "faces", ...more }), { name: "ConfigError", message });
  refuse({ teacherNet: "mobilefacenet" }, /expected a teacher beside teacherNet, got none/);
  refuse({ teacherCache: "cache" }, /expected a teacher beside teacherCache, got none/);
  refuse({ unlabelledDir: "photos" }, /expected a teacher beside unlabelledDir, got none/);
  refuse({ lossWeight: 0 }, /expected a teacher or tripletLossFactor where lossWeight is 0, got none/);
  refuse({ teacherLoss: "l2", teacher: "a" }, /teacherLoss/);
  refuse(
    { teacher: "a", unlabelledBatchSize: 8 },
    /expected an unlabelledDir beside unlabelledBatchSize, got none/,
  );
  refuse(
    { teacher: "a", unlabelledDir: "b", accumulateSteps: 4, batchSize: 8, unlabelledBatchSize: 6 },
    /expected unlabelledBatchSize to be a multiple of accumulateSteps 4, got 6/,
  );
  const config = resolveConfig({ dataDir: "faces", teacher: "a", unlabelledDir: "b", lossWeight: 0 });
  assert.deepEqual(resolveConfig(JSON.parse(JSON.stringify(config))), config);
});
