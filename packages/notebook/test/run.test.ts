import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const outputDir = mkdtempSync(join(tmpdir(), "amface-notebook-cli-"));
after(() => rmSync(outputDir, { recursive: true }));

function run(...args: string[]) {
  const script = join(import.meta.dirname, "..", "dist", "run.js");
  return spawnSync("node", [script, ...args], { cwd: import.meta.dirname, encoding: "utf8" });
}

test("the runner's command prints every notebook's outcome and ends with 1 where one failed", () => {
  const files = ["fixtures/failing.ipynb", "fixtures/passing.ipynb"];
  const { status, stdout } = run(...files, "--output-dir", outputDir);
  assert.equal(status, 1);
  assert.match(stdout, /^failing\.ipynb: FAILED\n.*code cell 2 failed/);
  assert.match(stdout, /\npassing\.ipynb: passed, 4 cells, \d+\.\d s\n$/);
  assert.deepEqual(readdirSync(outputDir).sort(), ["failing.ipynb", "passing.ipynb"]);
});

test("the runner's command ends with 0 where all passed", () => {
  const { status, stdout } = run("fixtures/passing.ipynb", "--output-dir", outputDir, "--set", "steps=9");
  assert.equal(status, 0, stdout);
});

test("the runner's command ends with 2 where the call is wrong", () => {
  for (const args of [
    [],
    ["fixtures/passing.ipynb", "--set", "x"],
    ["a.ipynb", "--timeout", "no"],
    ["--what"],
  ]) {
    const { status, stderr } = run(...args);
    assert.equal(status, 2, args.join(" "));
    assert.match(stderr, /Usage: /);
  }
});
