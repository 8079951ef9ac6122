import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { slow } from "./slow.ts";

const root = join(import.meta.dirname, "..");
const read = (path: string) => JSON.parse(readFileSync(join(root, path), "utf8"));
const onJsr = readdirSync(join(root, "packages"))
  .filter((name) => existsSync(join(root, "packages", name, "jsr.json")))
  .sort();
const hasDeno = Boolean(process.versions.deno) || spawnSync("deno", ["--version"]).status === 0;
const skip = slow() ? !hasDeno && "needs Deno on the PATH" : "slow: run with AMFACE_SLOW=1";

test("jsr.json has the package's name and version, and its dependencies at their versions", () => {
  assert.deepEqual(onJsr, ["files", "images", "lfw-eval", "loss", "nets", "numpy"]);
  for (const folder of onJsr) {
    const jsr = read(`packages/${folder}/jsr.json`);
    const { name, version, license, exports, dependencies } = read(`packages/${folder}/package.json`);
    assert.deepEqual([jsr.name, jsr.version, jsr.license], [name, version, license]);
    for (const [what, specifier] of Object.entries(jsr.imports ?? {})) {
      const registry = what.startsWith("@amface/") ? "jsr" : "npm";
      assert.equal(specifier, `${registry}:${what}@${dependencies[what]}`, folder);
    }
    const given = typeof jsr.exports === "string" ? { ".": jsr.exports } : jsr.exports;
    for (const [path, source] of Object.entries(given)) {
      assert.equal(source, exports[path]["@amface/source"], folder);
    }
  }
});

test("JSR would take the packages: they type-check under Deno and have no slow types", {
  skip,
  timeout: 300_000,
}, () => {
  const deno = process.versions.deno ? process.execPath : "deno";
  const { status, stderr } = spawnSync(deno, ["publish", "--dry-run", "--allow-dirty"], {
    ...{ cwd: root, encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } },
  });
  assert.equal(status, 0, stderr);
  const published = [...stderr.matchAll(/Simulating publish of @amface\/([\w-]+)@/g)].map(([, name]) => name);
  assert.deepEqual(published.sort(), onJsr, stderr);
});
