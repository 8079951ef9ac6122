import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { slow } from "./slow.ts";

const PROGRAM = join(import.meta.dirname, "programs", "fuzz-align.ts");

test("alignFolder() survives files corrupted at random, and its memory does not grow", {
  skip: slow() ? false : "slow: run with AMFACE_SLOW=1",
  timeout: 120_000,
}, async () => {
  const args = ["--conditions=@amface/source", PROGRAM, "--files", "300", "--workers", "0"];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const { seen, total, memoryMiB } = JSON.parse(stdout);
  assert.equal(seen, 300);
  assert.ok(total.unreadable > 100 && total.aligned > 50, JSON.stringify(total));
  assert.ok(memoryMiB.at(-1) < memoryMiB[2] + 50, `MiB after each round: ${memoryMiB}`);
});
