import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { slow } from "../../../test/slow.ts";
import type { Leftovers } from "./programs/thousand-steps.ts";

const MB = 2 ** 20;

const skip = slow() ? false : "slow: run with AMFACE_SLOW=1";

test("1,000 training steps leak no tensor, no model and no memory", { skip }, () => {
  const program = join(import.meta.dirname, "programs", "thousand-steps.ts");
  const { stdout, stderr } = spawnSync(process.execPath, ["--conditions=@amface/source", program], {
    encoding: "utf8",
  });
  assert.match(stdout, /^\{/, stderr);
  const { counts, resident, tensors } = JSON.parse(stdout) as Leftovers;
  assert.equal(new Set(counts).size, 1, counts.join("; "));
  assert.equal(tensors, 0);
  const growth = Math.min(...resident.slice(-3)) - Math.min(...resident.slice(0, 3));
  assert.ok(growth < 64 * MB, `resident memory: ${resident.map((bytes) => Math.round(bytes / MB))} MB`);
});
