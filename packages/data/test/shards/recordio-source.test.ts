import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { inflateSync } from "node:zlib";
import { openSource, packShards, type ShardError, type ShardSource, type SkippedRecord } from "@amface/data";
import { temporaryFolder } from "../crops.ts";
import { numbers, seen, seenWithPositions, sorted } from "../seen-batches.ts";

const COUNTS = [4, 1, 7, 11];
const LABELS = COUNTS.flatMap((n, label) => new Array<number>(n).fill(label));
const ALL = [...LABELS.keys()];

type Golden = Record<string, Record<string, Record<"rec" | "idx", string>>>;
const golden: Golden = JSON.parse(readFileSync(new URL("golden/recordio.json", import.meta.url), "utf8"));
const [[version, files]] = Object.entries(golden);

/** A folder with `train.rec` as MXNet wrote it, and its index. */
async function recordFolder(kind: string): Promise<string> {
  const dir = join(await temporaryFolder(), kind);
  await mkdir(dir);
  for (const name of ["rec", "idx"] as const) {
    await writeFile(join(dir, `train.${name}`), inflateSync(Buffer.from(files[kind][name], "base64")));
  }
  return dir;
}

test("the golden records are some whole, some split at the magic number", async () => {
  const rec = await readFile(join(dir, "train.rec"));
  const parts = Array.from({ length: rec.length / 4 }, (_, i) => 4 * i).flatMap((at) =>
    rec.readUInt32LE(at) === 0xced7230a ? [rec.readUInt32LE(at + 4) >>> 29] : [],
  );
  assert.deepEqual([...new Set(parts)].sort(), [0, 1, 2, 3]);
});

let dir: string;
let source: ShardSource;
before(async () => {
  dir = await recordFolder("identities");
  source = (await openSource(dir)) as ShardSource;
});

const options = { batchSize: 5, seed: 3, flip: true, dropRemainder: false };

for (const [kind, identities] of [
  ["identities", ["0", "1", "2", "3"]],
  ["labels", ["0", "10", "20", "30"]],
] as const) {
  for (const indexed of [true, false]) {
    const how = `${kind} by MXNet ${version}, ${indexed ? "with" : "without"} their index`;
    test(`openSource() shows every photo of records of ${how}, with its label`, async () => {
      const folder = await recordFolder(kind);
      if (!indexed) await rm(join(folder, "train.idx"));
      const records = await openSource(folder);
      assert.deepEqual(records.identities, identities);
      assert.deepEqual([...records.counts], COUNTS);
      const batches = await seen(records, options);
      assert.deepEqual(sorted(numbers(batches)), ALL);
      for (const { number, label } of batches.flat()) assert.equal(label, LABELS[number]);
      assert.deepEqual(batches, await seen(source, options));
    });
  }
}

test("batches() of records stopped anywhere go on with the same remaining batches, with any number of workers", async () => {
  const whole = await seenWithPositions(source, { ...options, workers: 1 });
  for (const [i, { next }] of whole.slice(0, -1).entries()) {
    const again = await openSource(dir);
    const rest = await seenWithPositions(again, { ...options, ...next, workers: 1 + (i % 3) });
    assert.deepEqual(rest, whole.slice(i + 1));
  }
});

test("records are called by label and place: exclusions, selections and order by number find them", async () => {
  const some = await source.exclude(["2/5", "3/", "1/4"]);
  assert.deepEqual([...some.counts], [4, 6]);
  assert.deepEqual(
    sorted(numbers(await seen(some, { ...options, seed: 1 }))),
    [0, 1, 2, 3, 6, 7, 8, 9, 10, 11],
  );
  const selected = source.select([3]);
  assert.deepEqual(sorted(numbers(await seen(selected, options))), ALL.slice(12));
  const balanced = await seen(source, { batchSize: 4, seed: 2, balance: { identities: 2, photos: 2 } });
  for (const { number, label } of balanced.flat()) assert.equal(label, LABELS[number]);
  assert.notEqual(some.fingerprint, source.fingerprint);
  assert.equal((await openSource(dir)).fingerprint, source.fingerprint);
});

test("packShards() makes shards of records, with the same photos and labels", async () => {
  const output = join(await temporaryFolder(), "shards");
  const summary = await packShards(dir, output, { shardSize: 9 });
  assert.deepEqual(
    { ...summary, bytes: 0 },
    { shards: 3, records: 23, identities: 4, skipped: 0, bytes: 0, encoding: "keep" },
  );
  const packed = await openSource(output);
  assert.deepEqual(packed.identities, source.identities);
  const batches = await seen(packed, options);
  assert.deepEqual(sorted(numbers(batches)), ALL);
  for (const { number, label } of batches.flat()) assert.equal(label, LABELS[number]);
});

/** A folder whose records are changed by `change`. */
async function damaged(change: (rec: Buffer) => Buffer | undefined): Promise<string> {
  const folder = await recordFolder("identities");
  const rec = await readFile(join(folder, "train.rec"));
  await writeFile(join(folder, "train.rec"), change(rec) ?? rec);
  return folder;
}

test("a damaged record is refused by its place, or passed over and told of", async () => {
  // The magic number of the fourth record, and a letter of the tenth's photo.
  const offsets = (await readFile(join(dir, "train.idx"), "utf8"))
    .split("\n")
    .map((line) => Number(line.split("\t")[1]));
  const folder = await damaged((rec) => void rec.writeUInt32LE(0, offsets[3]));
  const records = await openSource(folder);
  await assert.rejects(seen(records, options), {
    name: "ShardError",
    message:
      /Cannot read record 3 of .*train\.rec: expected part 0 of a record at byte 0 of it, got something else/,
  });
  const skipped: SkippedRecord[] = [];
  const onSkip = (record: unknown) => void skipped.push(record as SkippedRecord);
  const rest = await seen(records, { ...options, skipCorrupt: true, onSkip });
  assert.deepEqual(new Set(numbers(rest)), new Set(ALL.filter((number) => number !== 3)));
  assert.deepEqual(
    skipped.map(({ error }) => error.record),
    [3],
  );
  const output = join(await temporaryFolder(), "shards");
  assert.equal((await packShards(folder, output, { skipCorrupt: true })).skipped, 1);

  const photo = await damaged((rec) => void rec.fill(0, offsets[10] + 40, offsets[10] + 60));
  await assert.rejects(seen(await openSource(photo), options), /Cannot read record 10 of .*train\.rec/);
  const label = await damaged((rec) => void rec.writeFloatLE(2, offsets[3] + 12));
  await assert.rejects(
    seen(await openSource(label), options),
    /record 3 of .*expected label 0, as the index says, got 2/,
  );
});

test("a file of records that is cut off is refused, or read up to there", async () => {
  const folder = await recordFolder("identities");
  const { size } = await readFile(join(folder, "train.rec")).then((rec) => ({ size: rec.length }));
  await truncate(join(folder, "train.rec"), size - 400);
  await assert.rejects(
    openSource(folder),
    (error: ShardError) =>
      error.reason === "truncated" && /record \d+ of .*got the end of the file/.test(error.message),
  );
  const problems: string[] = [];
  const cut = await openSource(folder, {
    skipCorrupt: true,
    onSkip: ({ reason }) => void problems.push(reason),
  });
  assert.deepEqual(problems, ["truncated"]);
  const shown = numbers(await seen(cut, options));
  assert.equal(shown.length, cut.photos);
  assert.deepEqual(sorted(shown), ALL.slice(0, cut.photos));
});

test("folders of records say what is wrong with index, labels and files", async () => {
  const folder = await recordFolder("identities");
  await writeFile(join(folder, "train.idx"), "1 20\n");
  await assert.rejects(
    openSource(folder),
    /train\.idx: expected lines of key and offset, got another at byte 0/,
  );
  await writeFile(join(folder, "train.rec"), Buffer.alloc(100));
  await rm(join(folder, "train.idx"));
  await assert.rejects(openSource(folder), /record 0 of .*expected a record at byte 0, got something else/);
  await writeFile(join(folder, "train.rec"), "");
  await assert.rejects(openSource(folder), /expected records with a photo, got none/);
  await writeFile(join(folder, "other.rec"), "");
  await rm(join(folder, "train.rec"));
  await writeFile(join(folder, "more.rec"), "");
  await assert.rejects(
    openSource(folder),
    /expected one \.rec file, or train\.rec, got more\.rec, other\.rec/,
  );
});
