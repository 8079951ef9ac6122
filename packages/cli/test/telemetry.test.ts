import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { withoutNode } from "../../../test/node-there.ts";

const BUILT = join(import.meta.dirname, "..", "dist", "main.js");

test("under Node, ONNX Runtime leaves no telemetry in the home folder", {
  skip: existsSync(BUILT) ? withoutNode() : "needs the built package",
}, async () => {
  const home = await mkdtemp(join(tmpdir(), "amface-home-"));
  try {
    const { ORT_DISABLE_TELEMETRY: _, XDG_CACHE_HOME: __, ...env } = process.env;
    await promisify(execFile)("node", [BUILT, "doctor", "--json", "--seconds", "0"], {
      env: { ...env, HOME: home },
    });
    assert.deepEqual(await readdir(home), []);
  } finally {
    await rm(home, { recursive: true });
  }
});
