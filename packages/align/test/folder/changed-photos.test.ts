import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { type AlignFolderOptions, type AlignOutcome, alignFolder, readManifest } from "@amface/align";
import { encodePng } from "@amface/images";
import { blindDetector, CornerDetector } from "../fake-detector.ts";
import { pattern } from "../pattern.ts";

let root: string;
let inputDir: string;
let outputDir: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "amface-changed-"));
});
after(() => rm(root, { recursive: true }));

const photo = (width = 60) => encodePng(pattern(width, 50));
const middles = { missing: "center", workers: 0 } as const;

/** A folder of photos and what a first run made of it. */
async function aligned(
  name: string,
  paths: readonly string[],
  options: Partial<AlignFolderOptions> = {},
): Promise<void> {
  [inputDir, outputDir] = [join(root, name), join(root, `${name}-out`)];
  for (const path of paths) {
    await mkdir(dirname(join(inputDir, path)), { recursive: true });
    await writeFile(join(inputDir, path), await photo());
  }
  await run(options);
}

/** Aligns again: the outcomes, and what was told of orphans. */
async function run(options: Partial<AlignFolderOptions> = {}) {
  const outcomes: AlignOutcome[] = [];
  let orphans: unknown;
  const all = {
    inputDir,
    outputDir,
    detector: blindDetector(),
    ...middles,
    onOrphans: (told: unknown) => {
      orphans = told;
    },
    ...options,
  };
  for await (const outcome of alignFolder(all)) outcomes.push(outcome);
  return { outcomes, kept: outcomes.map(({ kept }) => kept), orphans };
}

const rows = async () => (await readManifest(join(outputDir, "manifest.csv"))).map(({ path }) => path);

test("alignFolder() aligns a photo anew that was overwritten under its name", async () => {
  await aligned("overwritten", ["ann/a.png", "ann/b.png"]);
  const before = await readFile(join(outputDir, "ann/a.png"));
  await writeFile(join(inputDir, "ann/a.png"), await photo(90));
  assert.deepEqual((await run()).kept, [false, true]);
  assert.notDeepEqual(await readFile(join(outputDir, "ann/a.png")), before);
  assert.deepEqual((await run()).kept, [true, true]);
});

test("alignFolder() aligns anew what has another time, if the same size, and not what was only renamed away and back", async () => {
  await aligned("touched", ["ann/a.png", "ann/b.png"]);
  await utimes(join(inputDir, "ann/a.png"), new Date(0), new Date(0));
  await rename(join(inputDir, "ann/b.png"), join(root, "b.png"));
  await rename(join(root, "b.png"), join(inputDir, "ann/b.png"));
  assert.deepEqual((await run()).kept, [false, true]);
});

test("alignFolder() aligns anew what a manifest without sizes and times lists", async () => {
  await aligned("old", ["ann/a.png"]);
  const path = join(outputDir, "manifest.csv");
  const text = await readFile(path, "utf8");
  const old = text.split("\n").map((line) => line.split(",").slice(0, -3).join(","));
  await writeFile(path, old.join("\n"));
  assert.deepEqual(await rows(), ["ann/a.png"]);
  assert.deepEqual((await run()).kept, [false]);
  assert.deepEqual((await run()).kept, [true]);
});

test("alignFolder() removes the crop of a photo that was overwritten by one without a face, or by no photo", async () => {
  const detector = new CornerDetector();
  await aligned("lost", ["ann/a.png", "ann/b.png", "ann/c.png"], { detector });
  await writeFile(join(inputDir, "ann/a.png"), await encodePng(pattern(10, 10)));
  await writeFile(join(inputDir, "ann/b.png"), "no photo");
  const { outcomes } = await run({ detector, missing: "center" });
  assert.deepEqual(
    outcomes.map(({ outcome }) => outcome),
    ["centered", "unreadable", "aligned"],
  );
  assert.deepEqual((await readdir(join(outputDir, "ann"))).sort(), ["a.png", "c.png"]);
});

test("alignFolder() of all faces removes the crops of faces that are no longer found", async () => {
  const options = { all: true };
  await aligned("fewer", ["ann/a.png", "ann/a_0.png"], options);
  for (const i of [1, 2, 5]) await writeFile(join(outputDir, `ann/a_${i}.png`), "of a face that was there");
  await writeFile(join(inputDir, "ann/a.png"), await photo(90));
  const { kept, orphans } = await run(options);
  assert.deepEqual(kept, [false, true]);
  assert.deepEqual((await readdir(join(outputDir, "ann"))).sort(), ["a_0.png", "a_0_0.png", "a_5.png"]);
  assert.deepEqual(orphans, { crops: ["ann/a_5.png"], photos: [] });
});

test("alignFolder() tells of crops and rows of photos that are gone, and removes them when asked", async () => {
  await aligned("gone", ["ann/a.png", "ann/b.png", "bob/c.png"]);
  assert.equal((await run()).orphans, undefined);
  await rm(join(inputDir, "ann/b.png"));
  await rm(join(inputDir, "bob"), { recursive: true });
  const gone = { crops: ["ann/b.png", "bob/c.png"], photos: ["ann/b.png", "bob/c.png"] };
  assert.deepEqual((await run()).orphans, gone);
  assert.deepEqual(await rows(), ["ann/a.png", "ann/b.png", "bob/c.png"]);
  assert.deepEqual((await run({ prune: true })).orphans, gone);
  assert.deepEqual(await rows(), ["ann/a.png"]);
  assert.deepEqual(await readdir(join(outputDir, "ann")), ["a.png"]);
  await assert.rejects(stat(join(outputDir, "bob")), /ENOENT/);
  const summary = JSON.parse(await readFile(join(outputDir, "summary.json"), "utf8"));
  assert.equal(summary.photos, 1);
  assert.equal((await run({ prune: true })).orphans, undefined);
});

test("alignFolder() prunes nothing of a run that was stopped, and refuses to prune in shards", async () => {
  await aligned("stopped", ["ann/a.png", "ann/b.png", "ann/c.png"]);
  await rm(join(inputDir, "ann/c.png"));
  const options = { inputDir, outputDir, detector: blindDetector(), ...middles, prune: true };
  for await (const _ of alignFolder(options)) break;
  assert.deepEqual((await readdir(join(outputDir, "ann"))).sort(), ["a.png", "b.png", "c.png"]);
  await assert.rejects(
    run({ prune: true, shard: { index: 1, count: 2 } }),
    /Cannot prune .*: expected all photos, got shard 1\/2; prune without shard/,
  );
  assert.equal((await run({ shard: { index: 1, count: 2 } })).orphans, undefined);
});

test("alignFolder() takes the crop of a renamed photo that has its name for no orphan", async () => {
  await aligned("renamed", ["ann/a.png"]);
  await rename(join(inputDir, "ann/a.png"), join(inputDir, "ann/a.jpg"));
  const { kept, orphans } = await run({ prune: true });
  assert.deepEqual([kept, orphans], [[false], { crops: [], photos: ["ann/a.png"] }]);
  assert.deepEqual(await readdir(join(outputDir, "ann")), ["a.png"]);
  assert.deepEqual(await rows(), ["ann/a.jpg"]);
});
