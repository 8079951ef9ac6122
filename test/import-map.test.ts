import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { withoutNode } from "./node-there.ts";

const root = join(import.meta.dirname, "..");

/** The imports below `folder` that the map forbids, each as `rule: file → imported file`, sorted. */
function forbiddenImports(folder: string, ...paths: string[]): string[] {
  const program = join(root, "node_modules", "dependency-cruiser", "bin", "dependency-cruise.mjs");
  const args = [
    program,
    "--config",
    join(root, ".dependency-cruiser.mjs"),
    "--output-type",
    "json",
    ...paths,
  ];
  const { stdout, stderr } = spawnSync("node", args, { cwd: folder, encoding: "utf8", maxBuffer: 2 ** 28 });
  assert.ok(stdout.startsWith("{"), stderr);
  const found: { rule: { name: string }; from: string; to: string }[] = JSON.parse(stdout).summary.violations;
  return found
    .map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`.replaceAll("packages/", ""))
    .sort();
}

const skip = withoutNode();

test("every import keeps to the map", { skip }, () => {
  assert.deepEqual(forbiddenImports(root, "packages", "test", "bench", "scripts"), []);
});

test("CONTRIBUTING shows the map of the packages", async () => {
  const [map, text] = await Promise.all(
    [".dependency-cruiser.mjs", "CONTRIBUTING.md"].map((file) => readFile(join(root, file), "utf8")),
  );
  const packages = map
    .match(/PACKAGES = `([^`]+)`/)![1]
    .trim()
    .replace(/\s+/g, " ");
  assert.ok(text.includes(packages), packages);
});

test("the map forbids what it should, types included", { skip }, async () => {
  const planted = {
    "train/src/loop/allowed.ts": "../step/allowed.ts",
    "train/src/step/allowed.ts": "@amface/nets",
    "train/src/step/up.ts": "../loop/allowed.ts",
    "train/src/photos/beside.ts": "../step/allowed.ts",
    "train/src/attic/allowed.ts": "../step/allowed.ts",
    "loss/src/beside.ts": "@amface/nets",
    "numpy/src/undeclared.ts": "@amface/files",
    "images/test/undeclared.ts": "@amface/nets",
    "cli/src/commands/inside.ts": "../../../nets/src/layers/allowed.ts",
    "nets/src/mod.ts": "./layers/allowed.ts",
    "nets/src/layers/tested.ts": "../../test/allowed.ts",
    "nets/test/allowed.ts": "../src/layers/allowed.ts",
    "engine/src/one.ts": "./other.ts",
    "engine/src/other.ts": "./one.ts",
    "engine/src/lost.ts": "./nowhere.ts",
  };
  const folder = await mkdtemp(join(tmpdir(), "amface-import-map-"));
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  try {
    for (const name of ["files", "nets"]) {
      const exports = { "@amface/source": "./src/mod.ts" };
      await write(`packages/${name}/package.json`, JSON.stringify({ name: `@amface/${name}`, exports }));
      await mkdir(join(folder, "node_modules/@amface"), { recursive: true });
      await symlink(join(folder, "packages", name), join(folder, "node_modules/@amface", name), "junction");
    }
    await write("packages/files/src/mod.ts", "export interface Some {}\n");
    await write("packages/nets/src/layers/allowed.ts", "export interface Some {}\n");
    for (const [path, from] of Object.entries(planted)) {
      await write(`packages/${path}`, `import type { Some } from "${from}";\nexport type { Some };\n`);
    }
    assert.deepEqual(forbiddenImports(folder, "packages"), [
      "images-declares-what-its-tests-import: images/test/undeclared.ts → nets/src/mod.ts",
      "loss-declares-what-it-imports: loss/src/beside.ts → nets/src/mod.ts",
      "loss-imports-downward: loss/src/beside.ts → nets/src/mod.ts",
      "no-circles: engine/src/one.ts → engine/src/other.ts",
      "no-unresolved: engine/src/lost.ts → ./nowhere.ts",
      "numpy-declares-what-it-imports: numpy/src/undeclared.ts → files/src/mod.ts",
      "packages-by-name: cli/src/commands/inside.ts → nets/src/layers/allowed.ts",
      "sources-import-sources: nets/src/layers/tested.ts → nets/test/allowed.ts",
      "train-is-on-the-map: train/src/attic/allowed.ts → train/src/step/allowed.ts",
      "train/photos-imports-downward: train/src/photos/beside.ts → train/src/step/allowed.ts",
      "train/step-imports-downward: train/src/step/up.ts → train/src/loop/allowed.ts",
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
