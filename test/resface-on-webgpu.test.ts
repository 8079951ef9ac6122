import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { SWIFTSHADER, skipWithoutDriver } from "../packages/tfjs-backend-onnx/test/swiftshader.ts";
import { slow } from "./slow.ts";

interface Difference {
  readonly name: string;
  /** Largest value of the gradient on the cpu, and the largest difference from it. */
  readonly largest: number;
  readonly difference: number;
}

test("a whole training step of ResFace20 on webgpu has the cpu's loss and gradients, and stays on the device", {
  skip: skipWithoutDriver || (slow() ? false : "slow: run with AMFACE_SLOW=1"),
}, () => {
  const program = join(import.meta.dirname, "programs", "resface-step.ts");
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--conditions=@amface/source", program, "onnx:cpu", "onnx:webgpu"],
    {
      encoding: "utf8",
      timeout: 280_000,
      env: { ...process.env, ORT_DISABLE_TELEMETRY: "1", ...SWIFTSHADER },
    },
  );
  assert.equal(status, 0, stderr);
  const { losses, onDevice, resident, differences } = JSON.parse(stdout.trim().split("\n").at(-1)!) as {
    losses: [number, number];
    onDevice: number;
    resident: number;
    differences: Difference[];
  };
  assert.ok(Math.abs(losses[0] - losses[1]) < 1e-5 * losses[0], `losses ${losses}`);
  assert.equal(onDevice, resident); // weights and velocities
  // 5e-5 was measured. With other images a PReLU's input within rounding of 0 can change its sign, and 1e-2 with it.
  for (const { name, largest, difference } of differences) {
    assert.ok(difference <= 1e-3 * largest, `${name} differs by ${difference}, the largest is ${largest}`);
  }
});
