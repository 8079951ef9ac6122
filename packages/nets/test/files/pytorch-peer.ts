import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pythonWith } from "../../../../test/python-with.ts";

const python = pythonWith("torch");

/** Why PyTorch cannot be asked, or `false`. */
export const withoutPyTorch = python ? false : "needs PyTorch in AMFACE_PYTHON or python3";

/** Runs a script of this folder under the Python that has PyTorch. */
export function runPyTorch(script: string, ...args: readonly string[]): void {
  const path = join(import.meta.dirname, script);
  const { status, stderr } = spawnSync(python as string, [path, ...args], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
}
