import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { alignFace, FACE_TEMPLATE } from "@amface/align";
import { packShards, renderFace } from "@amface/data";
import { useEngine } from "@amface/engine";
import { encodeJpeg, readImage, writePng } from "@amface/images";
import { createNet, saveNet } from "@amface/nets";
import { ALIGNMENT_RECORD } from "../../../test/alignment-record.ts";
import { readEmbeddings } from "../src/embeddings/read-embeddings.ts";
import { middle } from "../src/eval/measure-bin.ts";

const MAIN = join(import.meta.dirname, "..", "src", "main.ts");
/** How the crops were made, by their record. */
const RECORD = { ...ALIGNMENT_RECORD, weightsSha256: "0", height: 32, width: 32 };

const LONG = { timeout: 120_000 };
const PEOPLE = 8;
const PHOTOS = 4;

let dir: string;
let model: string;
let crops: string;
const photo = (person: number, number: number) => `p${person}/p${person}_000${number}`;

before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-eval-"));
  await useEngine("onnx");
  model = join(dir, "net.safetensors");
  await saveNet(createNet("resface-small", { seed: 1, imageSize: [32, 32] }), model);
  crops = join(dir, "crops");
  for (let person = 0; person < PEOPLE; person++) {
    await mkdir(join(crops, `p${person}`), { recursive: true });
    for (let number = 1; number <= PHOTOS; number++) {
      const { image, landmarks } = renderFace(person, number);
      const crop = alignFace(image, landmarks, { height: 32, width: 32 });
      await writePng(join(crops, `${photo(person, number)}.png`), crop);
    }
  }
}, LONG);
after(() => rm(dir, { recursive: true }));

/** Runs the command from its sources in a process of its own and gives its JSON. */
async function amface(...args: string[]) {
  const child = spawn(process.execPath, ["--conditions=@amface/source", MAIN, ...args, "--json"]);
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk) => (out += chunk));
  child.stderr.on("data", (chunk) => (err += chunk));
  const status = await new Promise((resolve, reject) => child.on("close", resolve).on("error", reject));
  assert.doesNotMatch(err, /\n\s+at /);
  return { status, err, result: status === 0 || status === 3 ? JSON.parse(out) : undefined };
}

/** Rows of a list of pairs with paths: each person's photos, and each with the next person's. */
function pairRows(): string[] {
  return Array.from({ length: PEOPLE }, (_, p) => [
    ...[2, 3, 4].map((n) => `${photo(p, 1)}.jpg ${photo(p, n)}.jpg 1`),
    ...[2, 3, 4].map((n) => `${photo(p, 1)}.jpg ${photo((p + 1) % PEOPLE, n)}.jpg 0`),
  ]).flat();
}

test(
  "an ONNX model is evaluated, identified with and verified by as the net that it was exported from",
  LONG,
  async () => {
    const onnx = join(dir, "exported.onnx");
    const made = await amface("export", "--model", model, "--format", "onnx", "--output", onnx);
    assert.equal(made.status, 0, made.err);
    const pairs = join(dir, "onnx-list.txt");
    await writeFile(pairs, `${pairRows().join("\n")}\n`);
    const of = (path: string, ...rest: readonly string[]) => [
      "eval",
      "--model",
      path,
      "--lfw-dir",
      crops,
      ...rest,
    ];
    const [expected, got] = await Promise.all(
      [model, onnx].map((path) => amface(...of(path, "--lfw-pairs", pairs, "--bootstrap", "0", "--card"))),
    );
    assert.equal(got.status, 0, got.err);
    assert.deepEqual([got.result.accuracy, got.result.val], [expected.result.accuracy, expected.result.val]);
    assert.equal(got.result.card, `${onnx}.thresholds.json`);
    const [ranks, sameRanks] = await Promise.all(
      [model, onnx].map((path) => amface(...of(path, "--protocol", "identify"))),
    );
    assert.deepEqual(sameRanks.result.cmc, ranks.result.cmc);

    const [a, b] = [photo(0, 1), photo(0, 2)].map((name) => join(crops, `${name}.png`));
    const decide = (path: string, ...rest: readonly string[]) =>
      amface("verify", a, b, "--model", path, "--far", "0.1", ...rest);
    const [net, verified] = await Promise.all([model, onnx].map((path) => decide(path)));
    assert.ok(Math.abs(net.result.score - verified.result.score) < 1e-5);
    // The card holds for images that are prepared as they were when it was measured.
    const otherwise = await decide(onnx, "--input-scale", "1/127.5");
    assert.equal(otherwise.status, 1);
    assert.match(otherwise.err, /expected the weights that it was measured with, got others/);
  },
);

test(
  "eval writes table, report and card, compares with itself, and verify decides by the card",
  LONG,
  async () => {
    const pairs = join(dir, "list.txt");
    await writeFile(pairs, `${pairRows().join("\n")}\n`);
    const attributes = join(dir, "attributes.csv");
    const rows = Array.from({ length: PEOPLE }, (_, p) => `p${p},${p < 4 ? "round" : "long"}\n`);
    await writeFile(attributes, `identity,shape\n${rows.join("")}`);
    await writeFile(join(crops, "alignment.json"), JSON.stringify(RECORD));
    const report = join(dir, "report");
    const base = ["eval", "--model", model, "--lfw-dir", crops, "--lfw-pairs", pairs, "--engine", "onnx"];
    const first = await amface(
      ...base,
      "--report",
      report,
      "--card",
      "--attributes",
      attributes,
      "--bootstrap",
      "100",
    );
    assert.equal(first.status, 0, first.err);
    assert.match(first.err, /identities in more than one fold: 8 of 8/);
    assert.equal(first.result.pairs, 6 * PEOPLE);
    assert.equal(first.result.bootstrap.resampled, "identities");
    assert.deepEqual(
      first.result.subgroups.shape.map(({ group }: { group: string }) => group),
      ["long", "round", "mixed"],
    );
    for (const { accuracy, tarAtFar, fmr, fnmr } of first.result.subgroups.shape) {
      assert.equal(accuracy.hits, accuracy.pairs - fmr.errors - fnmr.errors);
      assert.equal(tarAtFar[0].far, 0.1);
      assert.equal(tarAtFar[0].pairs, fnmr.pairs);
    }
    const unknown = await amface(...base, "--attributes", attributes, "--groups", "colour");
    assert.equal(unknown.status, 1);
    assert.match(unknown.err, /--groups colour: expected columns of --attributes \(shape\)/);
    assert.deepEqual((await readdir(report)).sort(), ["distances.csv", "report.html"]);
    assert.equal(first.result.card, `${model}.thresholds.json`);
    const card = JSON.parse(await readFile(first.result.card, "utf8"));
    assert.deepEqual(card.alignment, RECORD);
    assert.equal(card.thresholds[0].far, 0.1);

    const table = join(report, "distances.csv");
    const second = await amface("eval", "--distances", table, "--against", table, "--bootstrap", "0");
    assert.equal(second.status, 0, second.err);
    assert.deepEqual(second.result.accuracy, first.result.accuracy);
    assert.equal(second.result.comparison.better, null);
    assert.equal(second.result.bootstrap, undefined);

    const [a, b] = [photo(0, 1), photo(0, 2)].map((name) => join(crops, `${name}.png`));
    const verified = await amface("verify", a, b, "--model", model, "--far", "0.1", "--engine", "onnx");
    assert.equal(verified.status, verified.result?.decision === "same" ? 0 : 3, verified.err);
    const { score, threshold, same, decision, band } = verified.result;
    const [header, row] = (await readFile(table, "utf8")).split("\n");
    assert.match(header, /^issame,distance,fold,photo_a/);
    assert.ok(Math.abs(score - Number(row.split(",")[1])) < 1e-5, `${score} ${row}`);
    assert.equal(threshold, card.thresholds[0].threshold);
    assert.equal(same, score < threshold);
    assert.equal(decision, score >= band[0] && score < band[1] ? "unsure" : same ? "same" : "different");

    const elsewhere = join(dir, "elsewhere", "p0", "a.png");
    await cp(a, elsewhere);
    const record = JSON.stringify({ ...RECORD, weightsSha256: "1" });
    await writeFile(join(dir, "elsewhere", "alignment.json"), record);
    const mixed = ["verify", elsewhere, b, "--model", model, "--far", "0.1", "--engine", "onnx"];
    const unlike = await amface(...mixed);
    assert.equal(unlike.status, 1);
    assert.match(unlike.err, /expected them aligned like those that it was measured on, got .*weightsSha256/);
    const allowed = await amface(...mixed, "--allow-alignment-mismatch");
    assert.equal(allowed.status, verified.status, allowed.err);
    assert.ok(Math.abs(allowed.result.score - score) < 1e-6);

    const photograph = join(dir, "photo.jpg");
    await writeFile(photograph, await encodeJpeg(renderFace(0, 1, { size: 200 }).image, 95));
    const withPhoto = ["verify", photograph, b, "--model", model, "--far", "0.1", "--engine", "onnx"];
    const foreign = await amface(...withPhoto);
    assert.equal(foreign.status, 1);
    assert.match(foreign.err, /crops in .*photo\.jpg with .* got .*detector "amface" instead of "mtcnn"/);
    const aligned = await amface(...withPhoto, "--allow-alignment-mismatch");
    assert.equal(aligned.status, aligned.result?.decision === "same" ? 0 : 3, aligned.err);
    assert.ok(aligned.result.score > 0);
    const [taken, crop] = aligned.result.photos;
    assert.deepEqual([taken.path, taken.faces, taken.warnings], [photograph, 1, []]);
    assert.deepEqual(crop, { path: b, warnings: [] });
    const { data, width } = renderFace(0, 1, { size: 200 }).image;
    const [, top] = taken.face.box;
    const from = Math.round(top + 0.2 * (taken.face.box[3] - top));
    const lower = { data: data.subarray(3 * width * from), width, height: 200 - from };
    await writeFile(photograph, await encodeJpeg(lower, 95));
    const cut = await amface(...withPhoto, "--allow-alignment-mismatch");
    assert.ok(cut.result.photos[0].warnings.includes("cut"), JSON.stringify(cut.result.photos));
    const grey = { data: new Uint8Array(3 * 100 * 100).fill(128), width: 100, height: 100 };
    await writeFile(photograph, await encodeJpeg(grey, 95));
    const faceless = await amface(...withPhoto);
    assert.equal(faceless.status, 1);
    assert.match(faceless.err, /Cannot verify .*photo\.jpg: expected a face, got none; try --min-size/);

    const retrained = join(dir, "retrained.safetensors");
    await saveNet(createNet("resface-small", { seed: 2, imageSize: [32, 32] }), retrained);
    const stale = ["--model", retrained, "--card", first.result.card, "--engine", "onnx"];
    const refused = await amface("verify", a, b, ...stale);
    assert.equal(refused.status, 1);
    assert.match(refused.err, /expected the weights that it was measured with, got others; measure again/);

    const small = await amface("verify", a, join(dir, "large.png"), "--model", model, "--engine", "onnx");
    assert.equal(small.status, 1);
    assert.match(small.err, /large\.png/);
    const other = await amface("verify", a, b, "--model", join(dir, "none.safetensors"), "--engine", "onnx");
    assert.equal(other.status, 1);
    assert.match(other.err, /Cannot load a model from .*none\.safetensors/);
  },
);

test(
  "eval gives the same numbers from embeddings that embed wrote, and says that it normalises them",
  LONG,
  async () => {
    const pairs = join(dir, "pairs.txt");
    await writeFile(pairs, pairRows().join("\n"));
    const [npy, engine] = [join(dir, "embeddings.npy"), ["--engine", "onnx"]];
    const embedded = await amface(
      "embed",
      "--model",
      model,
      "--input-dir",
      crops,
      "--output",
      npy,
      ...engine,
    );
    assert.equal(embedded.status, 0, embedded.err);
    const got = await amface("eval", "--embeddings", npy, "--lfw-pairs", pairs, "--bootstrap", "0");
    assert.equal(got.status, 0, got.err);
    assert.match(got.err, /32 of 32 embeddings are not of length 1: all are normalised/);
    const args = ["--lfw-dir", crops, "--lfw-pairs", pairs, "--bootstrap", "0"];
    const direct = await amface("eval", "--model", model, ...args, ...engine);
    assert.ok(Math.abs(got.result.exact.auc - direct.result.exact.auc) < 1e-9);
    assert.deepEqual(got.result.accuracy, direct.result.accuracy);
    await writeFile(join(dir, "embeddings.json"), "[]");
    const broken = await amface("eval", "--embeddings", npy, "--lfw-pairs", pairs);
    assert.match(broken.err, /embeddings\.json: expected 32 paths, one an embedding, got 0/);
  },
);

test("eval takes View 1's threshold from the development pairs", LONG, async () => {
  // LFW's own form: the number of pairs of a class, then those of one person and those of two.
  const [train, test] = [join(dir, "train.txt"), join(dir, "test.txt")];
  const list = (first: number) => {
    const people = [0, 1, 2, 3].map((p) => first + p);
    const same = people.map((p) => `p${p}\t1\t2\n`);
    const different = people.map((p) => `p${p}\t3\tp${first + ((p + 1) % 4)}\t4\n`);
    return `4\n${same.join("")}${different.join("")}`;
  };
  await writeFile(train, list(0));
  await writeFile(test, list(4));
  const args = [
    "--lfw-dir",
    crops,
    "--lfw-pairs",
    test,
    "--dev-pairs",
    train,
    "--engine",
    "onnx",
    "--folds",
    "2",
  ];
  const { status, err, result } = await amface("eval", "--model", model, ...args, "--bootstrap", "0");
  assert.equal(status, 0, err);
  assert.match(err, /The pairs have one fold: they are split into 2/);
  assert.deepEqual([result.pairs, result.folds.length], [8, 2]);
  assert.ok(result.viewOne.trainAccuracy >= 0.5 && result.viewOne.threshold < 4);
});

test("eval looks people up and compares all pairs of a folder", LONG, async () => {
  const base = ["eval", "--model", model, "--lfw-dir", crops, "--engine", "onnx", "--protocol"];
  const identified = await amface(...base, "identify");
  assert.equal(identified.status, 0, identified.err);
  const { gallery, probes, rank1, rank5, cmc } = identified.result;
  assert.deepEqual([gallery, probes, cmc.length], [PEOPLE, PEOPLE * (PHOTOS - 1), PEOPLE]);
  assert.ok(rank1 > 1 / PEOPLE && rank1 <= rank5 && cmc.at(-1) === 1);
  const compared = await amface(...base, "blufr");
  assert.equal(compared.status, 0, compared.err);
  assert.equal(compared.result.trials, 10);
  assert.deepEqual(compared.result.verification[0], { far: 0.001, mean: null });
});

test("eval reads an insightface set", {
  ...LONG,
  skip: existsSync("/usr/bin/python3") ? false : "needs /usr/bin/python3",
}, async () => {
  const set = join(dir, "set.bin");
  const pairs = pairRows().map((row) => row.split(" "));
  const files = pairs.flatMap(([a, b]) => [a, b].map((name) => join(crops, name.replace(".jpg", ".png"))));
  const labels = pairs.map((columns) => columns[2] === "1");
  const program = `import json, pickle, sys
files, labels, out = json.load(sys.stdin)
pickle.dump(([open(f, "rb").read() for f in files], labels), open(out, "wb"), protocol=4)`;
  const input = JSON.stringify([files, labels, set]);
  assert.equal(spawnSync("/usr/bin/python3", ["-c", program], { input }).status, 0);
  const { status, err, result } = await amface("eval", "--model", model, "--bin", set, "--engine", "onnx");
  assert.equal(status, 0, err);
  assert.equal(result.pairs, pairs.length);
  assert.equal(result.bootstrap.resampled, "pairs");
});

test("eval refuses options that do not go together", LONG, async () => {
  for (const [args, message] of [
    [["--protocol", "blufr", "--model", model], /expected --model and --lfw-dir/],
    [["--distances", "a.csv", "--card"], /Cannot write a card: expected --model/],
    [["--distances", "a.csv", "--dev-pairs", "b.txt"], /Cannot take --dev-pairs/],
    [
      ["--model", model],
      /expected --model, --lfw-dir and --lfw-pairs, or --model and --bin, or --embeddings, or --distances/,
    ],
    [
      ["--distances", "a.csv", "--manifest", "m.csv"],
      /Cannot take --manifest: expected --report, which shows it/,
    ],
    [["--embeddings", "a.npy"], /Cannot take --embeddings: expected --lfw-pairs with it/],
  ] as const) {
    const { status, err } = await amface("eval", ...args);
    assert.equal(status, 2);
    assert.match(err, message);
  }
});

test("middle() cuts 112×112 crops down to 112×96 so that landmarks fit the template", async () => {
  const { image, landmarks } = renderFace(1, 1);
  const square = alignFace(image, landmarks, { height: 112, width: 112 });
  const path = join(dir, "square.png");
  await writePng(path, square);
  await copyFile(path, join(dir, "large.png"));
  const cut = middle(await readImage(path), { height: 112, width: 96 });
  const direct = alignFace(image, landmarks);
  const differing = cut.data.filter((value, i) => Math.abs(value - direct.data[i]) > 1).length;
  assert.deepEqual([cut.width, cut.height], [96, 112]);
  assert.ok(differing < 0.005 * cut.data.length, `${differing}`);
  assert.equal(FACE_TEMPLATE.length, 5);
  assert.equal(middle(cut, { height: 200, width: 200 }), cut);
});

test("embed and eval find in shards what they find in the folder that was packed", LONG, async () => {
  const shards = join(dir, "shards");
  await packShards(crops, shards, { shardSize: 10 });
  const pairs = join(dir, "shard-pairs.txt");
  await writeFile(pairs, `${pairRows().join("\n")}\n`);
  const base = ["--model", model, "--engine", "onnx", "--batch-size", "5"];
  const outputs = [];
  for (const [name, input] of Object.entries({ folder: crops, shards })) {
    const output = join(dir, `${name}.npy`);
    const { status, err } = await amface("embed", ...base, "--input-dir", input, "--output", output);
    assert.equal(status, 0, err);
    outputs.push(await readEmbeddings(output));
  }
  const [fromFolder, fromShards] = outputs;
  assert.equal(fromFolder.paths.length, PEOPLE * PHOTOS);
  assert.deepEqual(fromShards.paths, fromFolder.paths);
  const differences = fromFolder.data.map((value, i) => Math.abs(value - fromShards.data[i]));
  assert.ok(Math.max(...differences) < 1e-4);

  const evaluation = ["eval", "--lfw-pairs", pairs, "--folds", "4", "--bootstrap", "0"];
  const wanted = await amface(...evaluation, "--embeddings", join(dir, "folder.npy"));
  const report = ["--report", join(dir, "shard-report")];
  const found = await amface(
    ...evaluation,
    ...["--lfw-dir", shards, "--model", model, "--engine", "onnx"],
    ...report,
  );
  assert.equal(found.status, 0, found.err);
  assert.equal(found.result.pairs, PEOPLE * 6);
  assert.deepEqual(found.result.accuracy, wanted.result.accuracy);
  assert.ok(existsSync(join(dir, "shard-report", "report.html")));
});

test("eval and embed tell of what cannot be evaluated or written before they embed crops", LONG, async () => {
  const folder = join(dir, "early");
  // Embedding would fail at the first crop, which is empty.
  await cp(crops, folder, { recursive: true });
  await writeFile(join(folder, `${photo(0, 1)}.png`), "");
  const list = join(dir, "early.txt");
  await writeFile(list, `${pairRows().join("\n")}\n`);
  const base = ["eval", "--model", model, "--lfw-dir", folder, "--engine", "onnx"];
  const cases: [expected: RegExp, status: number, ...args: string[]][] = [
    [/expected 0 or at least 20 resamples, got 5/, 2, "--lfw-pairs", list, "--bootstrap", "5"],
    [/expected the name of a file, got a folder/, 1, "--distances", list, "--report", join(dir, "taken")],
    [/got something else there/, 1, "--lfw-pairs", list, "--report", join(list, "report")],
  ];
  await mkdir(join(dir, "taken", "report.html"), { recursive: true });
  const other = join(dir, "other.csv");
  await writeFile(other, "1,0.1\n0,0.9\n");
  cases.push([
    /same pairs in the same order, got 48 and 2 pairs/,
    1,
    "--lfw-pairs",
    list,
    "--against",
    other,
  ]);
  const lone = join(dir, "lone.txt");
  const missing = pairRows().map((row) => (row.endsWith(" 0") ? row.replaceAll(/p\d\//g, "nobody/") : row));
  await writeFile(lone, `${missing.join("\n")}\n`);
  cases.push([/got 24 same pairs only; 24 pairs are skipped/, 1, "--lfw-pairs", lone]);
  for (const [expected, status, ...args] of cases) {
    const from = args[0] === "--distances" ? ["eval"] : base;
    const got = await amface(...from, ...args);
    assert.match(got.err, expected);
    assert.equal(got.status, status, got.err);
  }
  const out = await amface("embed", "--model", model, "--input-dir", folder, "--output", dir);
  assert.match(out.err, /Cannot write .*: expected the name of a file, got a folder/);
  assert.equal(out.status, 1);

  const few = join(dir, "few");
  for (const person of [0, 1]) {
    const name = `${photo(person, 1)}.png`;
    await cp(join(crops, name), join(few, name));
    await writeFile(join(few, name), "");
  }
  for (const protocol of ["identify", "blufr"]) {
    const args = ["--model", model, "--lfw-dir", few, "--protocol", protocol, "--engine", "onnx"];
    const got = await amface("eval", ...args);
    assert.match(got.err, /expected .*(two photos|people)/);
    assert.doesNotMatch(got.err, /Skipped/);
    assert.equal(got.status, 1);
  }
});
