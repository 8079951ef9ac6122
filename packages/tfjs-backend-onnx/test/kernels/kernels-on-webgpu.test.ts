import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { SWIFTSHADER, skipWithoutDriver } from "../swiftshader.ts";

test("integers, slices, pools and depthwise convolutions give on webgpu what the cpu backend gives", {
  skip: skipWithoutDriver,
}, () => {
  const program = join(import.meta.dirname, "..", "programs", "kernels-on-webgpu.ts");
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--conditions=@amface/source", program], {
    encoding: "utf8",
    timeout: 120_000,
    env: { ...process.env, ORT_DISABLE_TELEMETRY: "1", ...SWIFTSHADER },
  });
  assert.equal(status, 0, stderr);
  const { compared, differences } = JSON.parse(stdout.trim().split("\n").at(-1)!);
  assert.deepEqual(differences, []);
  assert.ok(compared > 30);
});
