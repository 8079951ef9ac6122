import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { slow } from "./slow.ts";

test("the modules in the sources are what their AssemblyScript compiles to", {
  skip: slow() ? false : "slow: run with AMFACE_SLOW=1",
  timeout: 300_000,
}, () => {
  const script = join(import.meta.dirname, "..", "scripts", "build-wasm.ts");
  const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
});
