import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { generateFaces, renderFace } from "@amface/data";
import { encodeJpeg } from "@amface/images";
import { slow } from "./slow.ts";

const MAIN = join(import.meta.dirname, "..", "packages", "cli", "src", "main.ts");
const LONG = { timeout: 300_000 };

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-cli-"));
});
after(() => rm(dir, { recursive: true, force: true }));

interface Outcome {
  status: number;
  out: string;
  err: string;
}

/** Runs the command from its sources in a process of its own. */
function amface(...args: string[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--conditions=@amface/source", MAIN, ...args]);
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (err += chunk));
    child.on("error", reject);
    child.on("close", (status) => resolve({ status: status ?? -1, out, err }));
  });
}

/** The outcome is a failure of the work, told in one line and without a stack trace. */
function assertFails({ status, err }: Outcome, message: RegExp): void {
  assert.equal(status, 1, err);
  assert.match(err, message);
  assert.doesNotMatch(err, /\n\s+at /);
}

test("doctor names an engine that works", LONG, async () => {
  const { status, out } = await amface("doctor", "--json", "--seconds", "0");
  assert.equal(status, 0);
  const { chosen, engines } = JSON.parse(out);
  const label = ({ name, device }: { name: string; device: string }) => `${name}:${device}`;
  assert.ok(engines.find((engine: { name: string; device: string }) => label(engine) === chosen).works);
});

test("crops are trained on, resumed, embedded and evaluated from the command line", {
  ...LONG,
  skip: slow() ? false : "slow: run with AMFACE_SLOW=1",
}, async () => {
  const faces = join(dir, "faces");
  await generateFaces(faces, { identities: 4, photos: 4, seed: 3, size: 96 });
  const crops = join(dir, "crops");
  await cp(faces, crops, { recursive: true });
  const run = join(dir, "run");
  const flags = [
    "--net",
    "resface-small",
    "--image-size",
    "96,96",
    "--batch-size",
    "4",
    "--seed",
    "5",
    "--json",
  ];
  const first = await amface(
    "train",
    "--data-dir",
    crops,
    "--run-dir",
    run,
    "--max-nrof-epochs",
    "1",
    ...flags,
  );
  assert.equal(first.status, 0, first.err);
  assert.equal(JSON.parse(first.out).steps, 4);
  const pairs = join(dir, "pairs.txt");
  const fold = (a: string, b: string) => `${a}\t1\t2\n${a}\t3\t4\n${a}\t1\t${b}\t1\n${a}\t2\t${b}\t2\n`;
  await writeFile(pairs, `2\t2\n${fold("face00000", "face00001")}${fold("face00002", "face00003")}`);
  const lfw = ["--lfw-dir", crops, "--lfw-pairs", pairs];
  const second = await amface("train", "--resume", run, "--max-nrof-epochs", "2", ...lfw, "--json");
  assert.equal(second.status, 0, second.err);
  const { steps: made, scores } = JSON.parse(second.out);
  assert.deepEqual([made, scores.chosenBy, scores.best.lfw.step], [8, "last", 8]);
  const steps = (await readFile(join(run, "metrics.jsonl"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).step);
  assert.deepEqual(steps, [1, 2, 3, 4, 5, 6, 7, 8]);

  const output = join(dir, "embeddings.npy");
  const embedded = await amface("embed", "--model", run, "--input-dir", crops, "--output", output, "--json");
  assert.equal(embedded.status, 0, embedded.err);
  assert.equal(JSON.parse(embedded.out).count, 16);
  assert.equal(JSON.parse(await readFile(join(dir, "embeddings.json"), "utf8")).length, 16);

  const report = join(dir, "report");
  const evaluated = await amface("eval", "--model", run, ...lfw, "--report", report, "--json");
  assert.equal(evaluated.status, 0, evaluated.err);
  assert.equal(JSON.parse(evaluated.out).pairs, 8);
  assert.deepEqual(JSON.parse(evaluated.out).accuracy, scores.chosen.tests.lfw.accuracy);
  assert.deepEqual((await readdir(report)).sort(), ["distances.csv", "report.html"]);
  const again = await amface("eval", "--distances", join(report, "distances.csv"), "--folds", "2", "--json");
  assert.equal(JSON.parse(again.out).accuracy.mean, JSON.parse(evaluated.out).accuracy.mean);
});

test("photos are aligned with no weights given, and what cannot be is told and counted", LONG, async () => {
  const photos = join(dir, "photos");
  for (const name of ["ann", "empty"]) await mkdir(join(photos, name), { recursive: true });
  const whole = await encodeJpeg(renderFace(1, 1, { seed: 2, size: 256 }).image, 90);
  await writeFile(join(photos, "ann", "ann_0001.jpg"), whole);
  const grey = { data: new Uint8Array(3 * 200 * 200).fill(128), width: 200, height: 200 };
  await writeFile(join(photos, "ann", "ann_0002.jpg"), await encodeJpeg(grey, 90));
  await writeFile(join(photos, "ann", "ann_0003.jpg"), whole.subarray(0, 2000));
  await writeFile(join(photos, "ann", "ann_0004.jpg"), "no picture");
  await writeFile(join(photos, "ann", "notes.txt"), "");
  const output = join(dir, "aligned");
  const args = ["align", "--input-dir", photos, "--output-dir", output, "--json"];
  const { status, out, err } = await amface(...args);
  assert.equal(status, 0, err);
  const counts = JSON.parse(out);
  assert.deepEqual([counts.aligned, counts["no-face"], counts.unreadable], [1, 1, 2]);
  assert.deepEqual([counts.crops, counts.ignored], [1, 1]);
  assert.deepEqual(Object.keys(counts.warnings), ["tiny", "blurred", "tilted", "weak", "cut", "several"]);
  assert.equal(counts.files.arrow, join(output, "manifest.arrow"));
  assert.ok(Object.values<string>(counts.files).every(existsSync) && Object.keys(counts.files).length === 5);
  assert.deepEqual(await readdir(join(output, "ann")), ["ann_0001.png"]);
  assert.match(err, /ann_0003\.jpg.*\n.*ann_0004\.jpg/);
  assert.equal(JSON.parse((await amface(...args)).out).kept, 1);
  const { detector, weightsSha256 } = JSON.parse(await readFile(join(output, "alignment.json"), "utf8"));
  assert.deepEqual([detector, weightsSha256.length], ["amface", 64]);
});

test(
  "pack writes shards, refuses a crop that cannot be read, and skips and counts it when told",
  LONG,
  async () => {
    const crops = join(dir, "to-pack");
    await generateFaces(crops, { identities: 2, photos: 3, seed: 3, size: 96 });
    const args = (name: string, ...more: string[]) =>
      amface("pack", "--input-dir", crops, "--output-dir", join(dir, name), "--json", ...more);
    const { status, out, err } = await args("packed", "--encoding", "raw", "--shard-size", "4");
    assert.equal(status, 0, err);
    const { shards, records, identities, skipped, encoding } = JSON.parse(out);
    assert.deepEqual([shards, records, identities, skipped, encoding], [2, 6, 2, 0, "raw"]);
    const person = "face00000";
    const [photo] = (await readdir(join(crops, person))).sort();
    await writeFile(join(crops, person, photo), "no photo");
    assertFails(await args("refused"), /Cannot read .*face00000_0001\.jpg: expected a JPEG/);
    assert.ok(!(await readdir(dir)).some((name) => name === "refused" || name.startsWith(".")));
    const skipping = await args("skipping", "--skip-corrupt");
    assert.deepEqual([skipping.status, JSON.parse(skipping.out).skipped], [0, 1]);
    assert.match(skipping.err, /Skipped: Cannot read .*face00000_0001\.jpg/);
    assertFails(await args("packed"), /Cannot pack into .*packed: expected an empty folder or none/);
  },
);

test("a folder without photos, a missing one and one without identities are told apart", LONG, async () => {
  const empty = join(dir, "nothing");
  await mkdir(join(empty, "somebody"), { recursive: true });
  assertFails(await amface("train", "--data-dir", empty), /Cannot .*nothing/);
  assertFails(await amface("train", "--data-dir", join(dir, "absent")), /Cannot .*absent/);
});

test("eval tells the line of a broken pairs file and the file of a missing model", LONG, async () => {
  const pairs = join(dir, "broken.txt");
  await writeFile(pairs, "1\t1\nAda\t1\nAda\t1\tBob\t1\n");
  const args = ["eval", "--model", join(dir, "no-model"), "--lfw-dir", dir, "--lfw-pairs", pairs];
  assertFails(await amface(...args), /broken\.txt line 2: expected 3 or 4 columns, got 2/);
});

test("align refuses weights that are not there or hold foreign pickle opcodes", LONG, async () => {
  const photos = join(dir, "one", "somebody");
  await mkdir(photos, { recursive: true });
  await writeFile(join(photos, "a.jpg"), "x");
  const args = ["align", "--input-dir", join(dir, "one"), "--output-dir", join(dir, "out")];
  assertFails(await amface(...args, "--weights", join(dir, "no-weights")), /no-weights/);
  const weights = join(dir, "evil");
  await mkdir(weights);
  const header = "{'descr': '|O', 'fortran_order': False, 'shape': (), }".padEnd(117);
  const evil = Buffer.concat([
    Buffer.from("\x93NUMPY\x01\x00\x76\x00", "latin1"),
    Buffer.from(`${header}\n`),
    Buffer.from("cos\nsystem\n(S'true'\ntR.", "latin1"),
  ]);
  for (const name of ["det1", "det2", "det3"]) await writeFile(join(weights, `${name}.npy`), evil);
  assertFails(await amface(...args, "--weights", weights), /os\.?\s?system/);
});

test("an engine that does not exist is a wrong call", LONG, async () => {
  const { status, err } = await amface("train", "--data-dir", dir, "--engine", "abacus");
  assert.equal(status, 2);
  assert.match(err, /Cannot take --engine: expected one of .*onnx.*, got "abacus"/);
});

test("train refuses to resume one run into another directory", LONG, async () => {
  const { status, err } = await amface("train", "--resume", "a", "--run-dir", "b");
  assert.equal(status, 2);
  assert.match(err, /Cannot take --resume and --run-dir together/);
});

test("an output that cannot be written fails with its path and reason", LONG, async () => {
  const file = join(dir, "a-file");
  await writeFile(file, "");
  const table = join(dir, "table.csv");
  await writeFile(table, "1,0.1\n0,1.9\n1,0.2\n0,1.8\n");
  assertFails(
    await amface("eval", "--distances", table, "--folds", "2", "--report", join(file, "report")),
    /a-file/,
  );
});
