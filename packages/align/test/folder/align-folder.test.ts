import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import {
  type AlignFolderOptions,
  AlignmentMismatchError,
  type AlignmentRecord,
  type AlignOutcome,
  alignFace,
  alignFolder,
  alignmentRecord,
  detectFaces,
  outputFiles,
  rankFaces,
  readManifest,
} from "@amface/align";
import { WriteError } from "@amface/files";
import { alignmentDifferences, encodeJpeg, encodePng, readAlignment, readImage } from "@amface/images";
import { blindDetector, CornerDetector } from "../fake-detector.ts";
import { pattern } from "../pattern.ts";

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "amface-align-"));
});
after(() => rm(root, { recursive: true }));

/** Writes files into a new folder of photos. */
async function folder(name: string, files: Record<string, Uint8Array | string>): Promise<string> {
  const dir = join(root, name);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), content);
  }
  return dir;
}

async function run(options: AlignFolderOptions): Promise<AlignOutcome[]> {
  const outcomes: AlignOutcome[] = [];
  for await (const outcome of alignFolder(options)) outcomes.push(outcome);
  return outcomes;
}

const photo = () => encodePng(pattern(60, 50));

test("alignFolder() keeps identities and names, and reports every file", async () => {
  const jpeg = await encodeJpeg(pattern(60, 50), 90);
  const inputDir = await folder("mixed", {
    "Zoë B/ä 1.jpg": jpeg,
    "ann/a.jpg": jpeg,
    "ann/a.png": await photo(),
    "ann/broken.jpg": jpeg.subarray(0, jpeg.length / 2),
    "ann/empty.jpg": "",
    "ann/text.jpg": "no photo",
    "ann/notes.txt": "no photo, and not called one",
  });
  const outputDir = join(root, "mixed-out");
  let announced: unknown;
  const onStart: AlignFolderOptions["onStart"] = (...args) => {
    announced = args;
  };
  const outcomes = await run({ inputDir, outputDir, detector: new CornerDetector(), onStart });
  assert.deepEqual(announced, [6, ["ann/notes.txt"]]);
  assert.deepEqual(
    outcomes.map(({ path, outcome }) => [path, outcome]),
    [
      ["Zoë B/ä 1.jpg", "aligned"],
      ["ann/a.jpg", "aligned"],
      ["ann/a.png", "name-clash"],
      ["ann/broken.jpg", "unreadable"],
      ["ann/empty.jpg", "unreadable"],
      ["ann/text.jpg", "unreadable"],
    ],
  );
  assert.match(outcomes[2].reason ?? "", /would overwrite that of ann\/a\.jpg/);
  assert.match(outcomes[3].reason ?? "", /broken\.jpg: .*truncated/);
  assert.deepEqual((await readdir(outputDir)).sort(), [
    "Zoë B",
    "alignment.json",
    "ann",
    "contact-sheet.png",
    "failures.png",
    "manifest.arrow",
    "manifest.csv",
    "summary.json",
  ]);
  assert.deepEqual(await readdir(join(outputDir, "ann")), ["a.png"]);
  const crop = await readImage(join(outputDir, "Zoë B", "ä 1.png"));
  assert.deepEqual([crop.width, crop.height], [96, 112]);
  assert.ok(crop.data.some((v) => v > 0));
  const manifest = await readManifest(join(outputDir, "manifest.csv"));
  assert.deepEqual(
    manifest.map(({ path, outcome, crop }) => [path, outcome, crop]),
    outcomes.map(({ path, outcome, crop }) => [path, outcome, crop]),
  );
});

test("alignFolder() skips photos without a face, or cuts out their middle and says so", async () => {
  const inputDir = await folder("faceless", { "ann/a.png": await photo(), "bob/b.png": await photo() });
  const skipped = await run({
    inputDir,
    outputDir: join(root, "faceless-1"),
    workers: 0,
    detector: blindDetector(),
  });
  assert.deepEqual(
    skipped.map(({ outcome }) => outcome),
    ["no-face", "no-face"],
  );
  assert.deepEqual((await readdir(join(root, "faceless-1"))).sort(), [
    "alignment.json",
    "failures.png",
    "manifest.arrow",
    "manifest.csv",
    "summary.json",
  ]);
  const outputDir = join(root, "faceless-2");
  const imageSize = { height: 64, width: 64 };
  const centered = await run({
    inputDir,
    outputDir,
    workers: 0,
    detector: blindDetector(),
    missing: "center",
    imageSize,
  });
  assert.deepEqual(
    centered.map(({ outcome, crop, reason }) => [outcome, crop, reason]),
    [
      ["centered", "ann/a.png", "no face was found"],
      ["centered", "bob/b.png", "no face was found"],
    ],
  );
  assert.equal((await readImage(join(outputDir, "bob/b.png"))).width, 64);
});

test("alignFolder() goes on where a run stopped, and leaves finished crops alone", async () => {
  const files = Object.fromEntries(
    await Promise.all(
      Array.from({ length: 30 }, async (_, i) => [`p${i % 3}/${i}.png`, await photo()] as const),
    ),
  );
  const inputDir = await folder("long", files);
  const outputDir = join(root, "long-out");
  const options = { inputDir, outputDir, detector: new CornerDetector() };
  let seen = 0;
  for await (const outcome of alignFolder(options)) {
    assert.equal(outcome.kept, false);
    if (++seen === 5) break;
  }
  assert.equal((await readManifest(join(outputDir, "manifest.csv"))).length, 5);
  const first = join(outputDir, "p0", "0.png");
  const { mtimeMs } = await stat(first);
  const outcomes = await run(options);
  assert.deepEqual(
    outcomes.map(({ kept }) => kept),
    [...Array(5).fill(true), ...Array(25).fill(false)],
  );
  assert.equal((await stat(first)).mtimeMs, mtimeMs);
  await writeFile(first, "");
  const again = await run(options);
  assert.deepEqual(
    again.filter(({ kept }) => !kept).map(({ path }) => path),
    ["p0/0.png"],
  );
  assert.equal((await readManifest(join(outputDir, "manifest.csv"))).length, 30);
});

test("alignFolder() refuses a folder of crops that were made otherwise", async () => {
  const inputDir = await folder("settings", { "ann/a.png": await photo() });
  const outputDir = join(root, "settings-out");
  await run({ inputDir, outputDir, detector: blindDetector(), imageSize: { height: 64, width: 64 } });
  const record = (await readAlignment(outputDir)) as AlignmentRecord;
  const made = alignmentRecord(blindDetector(), {}, { height: 64, width: 64 });
  assert.deepEqual(made, record);
  assert.equal(alignmentDifferences(record, made, "all"), "");
  await assert.rejects(
    run({ inputDir, outputDir, detector: blindDetector(), minSize: 40 }),
    (error) =>
      error instanceof AlignmentMismatchError &&
      /got minSize 40 instead of 20, template .*, height 112 instead of 64, .*; choose/.test(error.message),
  );
});

test("alignFolder() refuses to mix crops of two rules for the main face; old records are of the reference's", async () => {
  const inputDir = await folder("rules", { "ann/a.png": await photo() });
  const outputDir = join(root, "rules-out");
  const options = { inputDir, outputDir, detector: blindDetector() };
  await run(options);
  const path = join(outputDir, "alignment.json");
  const { rule, ...old } = JSON.parse(await readFile(path, "utf8"));
  assert.equal(rule, "weighted");
  await writeFile(path, JSON.stringify(old));
  await assert.rejects(run(options), /got rule "weighted" instead of "reference"; choose another folder/);
  assert.equal((await run({ ...options, rule: "reference" })).length, 1);
  await assert.rejects(
    run({ ...options, rule: "best" as "weighted" }),
    /rule weighted or reference, got best/,
  );
});

test("alignFolder() gives the same with worker threads as without", async () => {
  const files: Record<string, Uint8Array | string> = { "p/broken.jpg": "no photo" };
  for (let i = 0; i < 12; i++) files[`p/${i}.png`] = await encodePng(pattern(50 + i, 60));
  const inputDir = await folder("workers", files);
  const options = { inputDir, detector: blindDetector(), missing: "center" as const };
  const outputs = [join(root, "workers-0"), join(root, "workers-2")];
  const here = await run({ ...options, outputDir: outputs[0], workers: 0 });
  const there = await run({ ...options, outputDir: outputs[1], workers: 2 });
  assert.deepEqual(there, here);
  assert.equal(here.filter(({ outcome }) => outcome === "centered").length, 12);
  for (const { crop } of here) {
    if (crop)
      assert.deepEqual(await readFile(join(outputs[1], crop)), await readFile(join(outputs[0], crop)));
  }
  const outputDir = join(root, "workers-stopped");
  for await (const _ of alignFolder({ ...options, outputDir, workers: 2 })) break;
  assert.equal((await readManifest(join(outputDir, "manifest.csv"))).length, 1);
  await assert.rejects(run({ ...options, outputDir, workers: 1.5 }), /whole number of workers, got 1.5/);
});

test("alignFolder() in shards does every photo once, each with its own manifest", async () => {
  const files = Object.fromEntries(
    await Promise.all(Array.from({ length: 7 }, async (_, i) => [`p/${i}.png`, await photo()] as const)),
  );
  const inputDir = await folder("shards", files);
  const outputDir = join(root, "shards-out");
  const paths: string[] = [];
  for (const index of [1, 2, 3]) {
    const outcomes = await run({
      inputDir,
      outputDir,
      workers: 0,
      detector: blindDetector(),
      shard: { index, count: 3 },
    });
    paths.push(...outcomes.map(({ path }) => path));
  }
  assert.deepEqual(paths.sort(), Object.keys(files).sort());
  assert.equal((await readManifest(join(outputDir, "manifest-2-of-3.csv"))).length, 2);
  const wrong = { inputDir, outputDir, detector: blindDetector(), shard: { index: 4, count: 3 } };
  await assert.rejects(run(wrong), /Cannot align shard 4\/3/);
});

test("alignFolder() names the place that it cannot write to", async () => {
  const inputDir = await folder("unwritable", { "ann/a.png": await photo() });
  await writeFile(join(root, "a-file"), "");
  const detector = new CornerDetector();
  await assert.rejects(
    run({ inputDir, outputDir: join(root, "a-file", "out"), detector }),
    (error) => error instanceof WriteError && /Cannot write .*a-file.*out/.test(error.message),
  );
  const outputDir = await folder("taken", { ann: "a file where the identity's folder should be" });
  await assert.rejects(
    run({ inputDir, outputDir, detector }),
    (error) => error instanceof WriteError && /taken.ann.a\.png/.test(error.message),
  );
  await assert.rejects(run({ inputDir, outputDir: inputDir, detector }), /folder outside of the photos/);
  await symlink(inputDir, join(root, "unwritable-linked"));
  for (const inside of [join(inputDir, "crops"), join(root, "unwritable-linked", "crops")]) {
    await assert.rejects(run({ inputDir, outputDir: inside, detector }), RangeError);
  }
  await assert.rejects(run({ inputDir: join(root, "nowhere"), outputDir, detector }), /nothing there/);
});

/** Finds several faces in every photo: what R-Net is shown differs, so O-Net's answers are moved by their place. */
class CrowdDetector extends CornerDetector {
  override propose(images: Float32Array, height: number, width: number) {
    const seen = super.propose(images, height, width);
    const { map, mapHeight, mapWidth } = seen;
    // The far corner of the first row and of the last one, where the map has them.
    if (mapWidth > 12) map[mapHeight * mapWidth + mapWidth - 1] = 2 - width / 1000;
    if (mapHeight > 12) map[2 * mapHeight * mapWidth - mapWidth] = 1 - width / 1000;
    return seen;
  }
}

test("alignFolder() writes all faces on demand, in falling order of the reference's choice", async () => {
  const image = pattern(130, 120);
  const inputDir = await folder("crowd", {
    "ann/a.png": await encodePng(image),
    "ann/b_0.png": await encodePng(pattern(30, 26)),
  });
  const detector = new CrowdDetector();
  const faces = rankFaces(detectFaces(detector, image), image);
  assert.ok(faces.length >= 2, `${faces.length} faces`);
  const outputDir = join(root, "crowd-out");
  const outcomes = await run({ inputDir, outputDir, detector, all: true });
  const ofA = outcomes.filter(({ path }) => path === "ann/a.png");
  assert.deepEqual(
    ofA.map(({ crop, face, faces }) => ({ crop, face, faces })),
    faces.map((face, i) => ({ crop: `ann/a_${i}.png`, face, faces: faces.length })),
  );
  for (const [i, { landmarks }] of faces.entries()) {
    assert.deepEqual(await readImage(join(outputDir, `ann/a_${i}.png`)), alignFace(image, landmarks));
  }
  assert.deepEqual(outcomes.at(-1)?.crop, "ann/b_0_0.png");
  const again = await run({ inputDir, outputDir, detector, all: true });
  assert.ok(again.every(({ kept }) => kept));
  await rm(join(outputDir, "ann", "a_1.png"));
  const mended = await run({ inputDir, outputDir, detector, all: true });
  assert.deepEqual(
    mended.map(({ path, kept }) => [path, kept]),
    [...faces.map(() => ["ann/a.png", false]), ["ann/b_0.png", true]],
  );
  const summary = JSON.parse(await readFile(join(outputDir, "summary.json"), "utf8"));
  assert.deepEqual([summary.photos, summary.crops, summary.outcomes.aligned], [2, faces.length + 1, 2]);
  const one = await run({ inputDir, outputDir: join(root, "crowd-one"), detector });
  assert.deepEqual(one[0].face, faces[0]);
  await assert.rejects(run({ inputDir, outputDir, detector }), /got faces "chosen" instead of "all"/);
});

test("alignFolder() puts a seeded sample of bounded size on its contact sheets, and names what is there", async () => {
  const files: Record<string, Uint8Array | string> = {};
  for (let i = 0; i < 110; i++) files[`p${i % 9}/${i}.png`] = await encodePng(pattern(40 + (i % 5), 44));
  for (let i = 0; i < 60; i++) files[`q/${i}.jpg`] = "no photo";
  const inputDir = await folder("sheets", files);
  const detector = blindDetector();
  const sheets = async (name: string, seed?: number) => {
    const outputDir = join(root, name);
    await run({ inputDir, outputDir, detector, workers: 0, missing: "center", ...(seed && { seed }) });
    const paths = outputFiles(outputDir);
    return {
      names: JSON.parse(await readFile(paths.summary, "utf8")).sheets,
      png: await readFile(paths.contactSheet),
      failures: await readImage(paths.failures),
    };
  };
  const [a, again, other] = [await sheets("sheets-1"), await sheets("sheets-2"), await sheets("sheets-3", 7)];
  assert.deepEqual(again, a);
  assert.equal(a.names.contactSheet.length, 96);
  assert.equal(a.names.failures.length, 48);
  assert.notDeepEqual(other.names.contactSheet, a.names.contactSheet);
  assert.deepEqual(a.names.contactSheet, a.names.contactSheet.toSorted());
  const sheet = await readImage(join(root, "sheets-1", "contact-sheet.png"));
  assert.ok(sheet.width < 1500 && sheet.height < 1500, `${sheet.width}x${sheet.height}`);
  assert.ok(a.failures.width < 2000 && a.failures.height < 2000);
});
