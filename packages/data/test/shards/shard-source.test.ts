import assert from "node:assert/strict";
import { cp, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { deflateSync, gzipSync } from "node:zlib";
import {
  type BatchOptions,
  batches,
  decodeFaceRecord,
  encodeFaceRecord,
  type FaceRecord,
  identityFolder,
  openSource,
  packShards,
  ShardError,
  type ShardSource,
  shardSource,
  sourceStats,
  writeShardIndex,
} from "@amface/data";
import * as aq from "arquero";
import { frame } from "../../src/shards/tfrecord.ts";
import { SIZE, temporaryFolder, writeCrops } from "../crops.ts";
import { numbers, seen, seenWithPositions, sorted } from "../seen-batches.ts";
import { exampleType } from "./example-proto.ts";

const COUNTS = [4, 1, 7, 11]; // 23 photos
const LABELS = COUNTS.flatMap((n, label) => new Array<number>(n).fill(label));
let crops: string;
let dir: string;
let source: ShardSource;
before(async () => {
  const folder = await temporaryFolder();
  crops = await writeCrops(join(folder, "crops"), COUNTS);
  dir = join(folder, "shards");
  await packShards(crops, dir, { shardSize: 9 });
  source = await shardSource(dir);
});

/** A copy of the shard folder to damage. */
async function copied(): Promise<string> {
  const copy = join(await temporaryFolder(), "shards");
  await cp(dir, copy, { recursive: true });
  return copy;
}

const shardIn = (folder: string, shard: number) => join(folder, `faces-0000${shard}.tfrecord`);
const index = async (folder = dir) => aq.fromArrow(await readFile(join(folder, "index.arrow")));

test("batches() of shards shows every photo once an epoch, with its own label", async () => {
  for (const shuffle of [true, false]) {
    const all = await seen(source, { batchSize: 4, seed: 3, shuffle, dropRemainder: false });
    assert.deepEqual(sorted(numbers(all)), sorted(LABELS.map((_, number) => number)));
    for (const { number, label } of all.flat()) assert.equal(label, LABELS[number]);
  }
});

test("batches() of shards says in which record each photo lies", async () => {
  const filenames = new Map<string, string>();
  for (const { path, list } of source.shards) {
    const bytes = await readFile(path);
    const { lengths } = await list();
    let at = 12;
    for (const [record, length] of lengths.entries()) {
      const { filename } = decodeFaceRecord(bytes.subarray(at, at + length));
      filenames.set(`record ${record} of ${path}`, filename!);
      at += length + 16;
    }
  }
  const paths = [...new Set(filenames.values())].sort(); // crop n is the nth
  for (const { photos, sources } of await seenWithPositions(source, { batchSize: 5, seed: 4 })) {
    assert.deepEqual(
      sources.map((name) => filenames.get(name)),
      photos.map(({ number }) => paths[number]),
    );
  }
});

test("openSource() and sourceStats() see in shards what they see in the folder", async () => {
  assert.equal((await openSource(dir)).identities.length, 4);
  assert.deepEqual(sourceStats(await openSource(dir)), sourceStats(await identityFolder(crops)));
  assert.deepEqual(source.identities, ["p00", "p01", "p02", "p03"]);
});

test("batches() of raw and of kept photos are the same", async () => {
  const raw = join(await temporaryFolder(), "raw");
  await packShards(crops, raw, { shardSize: 9, encoding: "raw" });
  const options = { batchSize: 5, seed: 2, flip: true };
  assert.deepEqual(await seen(await shardSource(raw), options), await seen(source, options));
});

test("batches() stopped anywhere go on with the same remaining batches, with any number of workers", async () => {
  const many = join(await temporaryFolder(), "many");
  await packShards(await writeCrops(join(many, "..", "crops"), new Array(50).fill(5)), many, {
    shardSize: 40,
  });
  const from = await shardSource(many);
  // Windows of one block, so that batches cross from one into the next.
  const options = { batchSize: 8, seed: 5, epoch: 2, flip: true, windowRecords: 1, dropRemainder: false };
  const whole = await seenWithPositions(from, { ...options, workers: 1 });
  assert.equal(whole.length, 32);
  assert.equal(new Set(whole.flatMap(({ photos }) => photos.map(({ number }) => number))).size, 250);
  for (const [stop, workers] of [0, 1, 2, 3, 5, 9, 17, 24, 30].map((at, i) => [at, 1 + (i % 3)])) {
    const position = JSON.parse(JSON.stringify(whole[stop].next));
    const rest = await seenWithPositions(await shardSource(many), { ...options, ...position, workers });
    assert.deepEqual(rest, whole.slice(stop + 1), `after batch ${stop} with ${workers} workers`);
  }
  assert.deepEqual(whole[31].next, { epoch: 3, firstBatch: 0 });
});

test("augmented batches are the same, bit for bit, with any number of workers", async () => {
  const augment = {
    ...{ cropJitter: 1, brightness: 0.3, contrast: 0.3, saturation: 0.3, grey: 0.3, blur: 1, cutout: 0.3 },
    ...{ maskProb: 0.5, lowResAugmentationProb: 0.5 },
    jpegQuality: [30, 90] as const,
  };
  const pixels = async (workers: number) => {
    const all: number[][] = [];
    const options = { batchSize: 3, imageSize: SIZE, seed: 3, flip: true, augment, workers, prefetch: 4 };
    for await (const { images, labels } of batches(source, options)) {
      all.push(Array.from(images.dataSync()));
      images.dispose();
      labels.dispose();
    }
    return all;
  };
  const one = await pixels(1);
  assert.equal(new Set(one.map((batch) => batch.join())).size, 7);
  for (const workers of [2, 3]) assert.deepEqual(await pixels(workers), one);
});

test("batches() of shards repeats itself for a seed and epoch, differs for others, and mixes the shards", async () => {
  const options = { batchSize: 23, seed: 1, epoch: 2, flip: true };
  const first = await seen(source, options);
  assert.deepEqual(await seen(source, { ...options, prefetch: 5 }), first);
  for (const other of [{ seed: 2 }, { epoch: 3 }]) {
    assert.notDeepEqual(numbers(await seen(source, { ...options, ...other })), numbers(first));
  }
  const inOrder = numbers(await seen(source, { ...options, shuffle: false }));
  const shardOf = new Map(inOrder.map((number, i) => [number, Math.floor(i / 9)]));
  assert.equal(
    new Set(
      numbers(first)
        .slice(0, 12)
        .map((number) => shardOf.get(number)),
    ).size,
    3,
  );
});

test("an index from which identities are dropped leaves their photos out; the others keep their labels", async () => {
  const some = (await index()).filter((row: { identity: string }) => row.identity !== "p02");
  const edited = await shardSource(dir, { index: some });
  const expected = LABELS.flatMap((label, number) => (label === 2 ? [] : [number]));
  for (let epoch = 0; epoch < 3; epoch++) {
    const all = await seen(edited, { batchSize: 5, epoch, dropRemainder: false });
    assert.deepEqual(sorted(numbers(all)), expected);
    for (const { number, label } of all.flat()) assert.equal(label, LABELS[number]);
  }
  assert.deepEqual([edited.photos, edited.identities.length, sourceStats(edited).identities], [16, 4, 3]);
  const copy = await copied();
  await writeShardIndex(copy, some);
  assert.equal((await shardSource(copy)).photos, 16);
});

test("an index takes in the identities of another folder, under labels of its own", async () => {
  const other = join(dir, "..", "more");
  const extra = await writeCrops(join(dir, "..", "extra"), [2, 3]);
  await packShards(extra, other);
  const both = (await index()).concat(
    (await index(other)).derive({
      label: (row: { label: number }) => row.label + 4,
      folder: () => "../more",
    }),
  );
  const joined = await shardSource(dir, { index: both });
  const all = await seen(joined, { batchSize: 7, dropRemainder: false });
  const counts = new Uint32Array(6);
  for (const { label } of all.flat()) counts[label]++;
  assert.deepEqual([...counts], [...COUNTS, 2, 3]);
});

/** Runs through an epoch and expects it to fail. */
async function failure(folder: string, options: Partial<BatchOptions> = {}): Promise<ShardError> {
  try {
    for await (const { images } of batches(await shardSource(folder), {
      batchSize: 4,
      imageSize: SIZE,
      dropRemainder: false,
      ...options,
    })) {
      images.dispose();
    }
  } catch (error) {
    assert.ok(error instanceof ShardError, String(error));
    return error;
  }
  return assert.fail("expected an error");
}

/** An epoch that passes over what is corrupt: the photos seen, and what was skipped. */
async function skipping(folder: string) {
  const skipped: string[] = [];
  const from = await shardSource(folder, {
    skipCorrupt: true,
    onSkip: ({ message }) => skipped.push(message),
  });
  const options = { batchSize: 4, skipCorrupt: true, dropRemainder: false };
  const all = await seen(from, { ...options, onSkip: ({ path }) => skipped.push(path) });
  return { photos: numbers(all), skipped };
}

test("a flipped bit anywhere in a shard is found and named with shard and record", async () => {
  const whole = await readFile(shardIn(dir, 1));
  const copy = await copied();
  for (const at of [3, 9, 15, Math.floor(whole.length / 2), whole.length - 2]) {
    const bytes = Buffer.from(whole);
    bytes[at] ^= 16;
    await rm(shardIn(copy, 1));
    await writeFile(shardIn(copy, 1), bytes);
    const error = await failure(copy);
    assert.equal(error.reason, "checksum", error.message);
    assert.equal(error.path, shardIn(copy, 1));
    const expected = at < 20 ? 0 : at > whole.length - 5 ? 8 : error.record;
    assert.equal(error.record, expected);
    assert.match(error.message, /^Cannot read record \d of .*faces-00001\.tfrecord: expected .* checksum/);
    const { photos, skipped } = await skipping(copy);
    assert.deepEqual(skipped, [`record ${error.record} of ${error.path}`]);
    assert.equal(photos.length, 23);
    assert.equal(new Set(photos).size, 22);
  }
});

test("a shard that was cut is named when it is opened, and read as far as it goes when told", async () => {
  const copy = await copied();
  const { length } = await readFile(shardIn(dir, 0));
  await truncate(shardIn(copy, 0), Math.floor(length / 2));
  const error = await failure(copy);
  assert.deepEqual([error.reason, error.path], ["truncated", shardIn(copy, 0)]);
  assert.match(error.message, /expected 9 records in \d+ bytes, as its index says, got \d+ bytes/);
  const { photos, skipped } = await skipping(copy);
  assert.equal(skipped.length, 5); // records 4 to 8
  assert.equal(new Set(photos).size, 18);
});

test("an index that does not match its shards is refused", async () => {
  const missing = await copied();
  await rm(shardIn(missing, 2));
  assert.deepEqual([(await failure(missing)).reason], ["missing"]);

  const swapped = await copied();
  await rename(shardIn(swapped, 0), join(swapped, "x"));
  await rename(shardIn(swapped, 1), shardIn(swapped, 0));
  await rename(join(swapped, "x"), shardIn(swapped, 1));
  const error = await failure(swapped);
  assert.ok(["index", "checksum"].includes(error.reason), error.message);

  const longer = await copied();
  await writeFile(shardIn(longer, 0), "more", { flag: "a" });
  assert.match((await failure(longer)).message, /as its index says, got \d+ bytes; pack again/);

  const other = await copied();
  await writeFile(join(other, "index.arrow"), "not arrow at all, but long enough to be tried");
  assert.match((await failure(other)).message, /expected an Arrow file, got something else/);

  const table = (await index()).derive({ class: (row: { class: number }) => row.class + 10 });
  await assert.rejects(
    seen(await shardSource(dir, { index: table }), { batchSize: 4 }),
    /identities among .* blocks, got 0; pack again/,
  );
  const fewer = (await index()).derive({ photos: (row: { photos: number }) => row.photos - 1 });
  const counted = seen(await shardSource(dir, { index: fewer }), { batchSize: 4 });
  await assert.rejects(counted, /expected 19 photos of its identities, got 23; pack again/);
  const rows = aq.table({ label: [0], identity: ["p00"], photos: [4] });
  await assert.rejects(shardSource(dir, { index: rows }), /expected a column class of 1 values, got none/);
});

/** Writes TFRecords as another program would: without index, with any features. */
async function foreign(records: readonly Uint8Array[]): Promise<string> {
  const folder = await temporaryFolder();
  const parts = records.flatMap((data) => {
    const { header, footer } = frame(data);
    return [header, data, footer];
  });
  await writeFile(join(folder, "faces.tfrecord-00000-of-00001"), Buffer.concat(parts));
  return folder;
}

const record = (label: number, fields: Partial<FaceRecord> = {}): FaceRecord => ({
  encoded: new Uint8Array(SIZE[0] * SIZE[1] * 3).fill(label),
  format: "RAW",
  height: SIZE[0],
  width: SIZE[1],
  label,
  text: `n${label}`,
  filename: "",
  ...fields,
});

test("TFRecords without an index are read, their identities numbered without gaps and named by the records", async () => {
  const folder = await foreign([3, 1, 3, 5, 1, 1].map((label) => encodeFaceRecord(record(label))));
  const from = await shardSource(folder);
  assert.deepEqual(from.identities, ["n1", "n3", "n5"]);
  assert.deepEqual(sourceStats(from), { ...sourceStats(from), identities: 3, photos: 6, max: 3 });
  const all = await seen(from, { batchSize: 4, dropRemainder: false });
  assert.deepEqual(sorted(numbers(all)), [1, 1, 1, 3, 3, 5]);
  for (const { number, label } of all.flat()) assert.equal(number, 2 * label + 1);
  const balanced = await seen(from, { batchSize: 2, balance: { identities: 2, photos: 1 } });
  for (const { number, label } of balanced.flat()) assert.equal(number, 2 * label + 1);
  const some = await from.select([2, 0]).exclude(["n5/"]);
  assert.deepEqual([some.identities, [...some.counts]], [["n1"], [3]]);
});

test("foreign labels of any size make no more identities than there are, called by their labels where nothing names them", async () => {
  const of = async (...labels: number[]) =>
    shardSource(await foreign(labels.map((label) => encodeFaceRecord(record(label, { text: "" })))));
  const eight = await of(1, 2, 3, 4, 5, 6, 7, 8);
  assert.deepEqual([...eight.counts], new Array(8).fill(1));
  const from = await of(2_000_000, 2 ** 31 - 1, 4, 2_000_000);
  assert.deepEqual(from.identities, ["4", "2000000", "2147483647"]);
  assert.deepEqual([...from.counts], [1, 2, 1]);
  const all = await seen(from, { batchSize: 4 });
  assert.deepEqual(sorted(all.flat().map(({ label }) => label)), [0, 1, 1, 2]);
  await assert.rejects(of(2 ** 31), /expected a label .* of 0 to 2147483647, got 2147483648/);
});

test("a foreign record's negative label is named as it is", async () => {
  const feature = { "image/class/label": { int64List: { value: [-1] } } };
  const example = exampleType.encode(exampleType.fromObject({ features: { feature } })).finish();
  await assert.rejects(shardSource(await foreign([example])), /record 0 of .*: expected a label .*, got -1$/);
});

test("a foreign file that is compressed is called so, whatever its name", async () => {
  const folder = await foreign([record(0), record(1)].map(encodeFaceRecord));
  const bytes = await readFile(join(folder, "faces.tfrecord-00000-of-00001"));
  for (const [name, compressed, how] of [
    ["faces.tfrecord.gz", gzipSync(bytes), /compressed \(GZIP\); decompress it first \(gzip -dc/],
    ["faces.tfrecord", gzipSync(bytes), /compressed \(GZIP\)/],
    ["faces.tfrecord", deflateSync(bytes), /compressed \(ZLIB\); write it uncompressed/],
  ] as const) {
    const other = await temporaryFolder();
    await writeFile(join(other, name), compressed);
    await assert.rejects(openSource(other), how);
    await assert.rejects(openSource(other, { skipCorrupt: true }), how);
  }
});

test("an index whose largest label would need tables without end is refused", async () => {
  const table = (await index()).derive({ label: (row: { label: number }) => row.label * 16777216 });
  await assert.rejects(shardSource(dir, { index: table }), {
    name: "RangeError",
    message: /expected labels below 16777216, got 50331648 of p03; renumber its labels from 0/,
  });
});

test("a foreign record without a label or photo, of another size, or cut is named", async () => {
  const good = encodeFaceRecord(record(1));
  const unlabelled = await foreign([good, good, withoutLabel(record(2)), good]);
  await assert.rejects(shardSource(unlabelled), /record 2 of .*: expected a label \(image\/class\/label\)/);
  assert.equal((await skipping(unlabelled)).skipped.length, 1);

  const empty = await foreign([good, good, encodeFaceRecord(record(1, { encoded: new Uint8Array() }))]);
  assert.match((await failure(empty)).message, /record 2 of .*: expected 72 bytes of pixels for 4x6, got 0/);

  const mixed = await foreign([
    good,
    encodeFaceRecord(record(1, { height: 2, width: 2, encoded: new Uint8Array(12) })),
  ]);
  await assert.rejects(
    seen(await shardSource(mixed), { batchSize: 2 }),
    /Cannot load record 1 of .*: expected a crop of 4x6 .*, got 2x2/,
  );

  const cut = await foreign([good, good, good]);
  await truncate(join(cut, "faces.tfrecord-00000-of-00001"), 2 * (good.length + 16) + 20);
  await assert.rejects(shardSource(cut), (error: ShardError) => {
    assert.deepEqual([error.reason, error.record], ["truncated", 2]);
    return true;
  });
  assert.equal((await skipping(cut)).photos.length, 2);
});

/** The record with its label under a key that nobody reads. */
function withoutLabel(whole: FaceRecord): Uint8Array {
  const bytes = Buffer.from(encodeFaceRecord(whole));
  bytes.write("lebal", bytes.indexOf("image/class/label") + "image/class/".length);
  return bytes;
}

test("ShardSource names identities by label, also where rows are renumbered and labels left out", async () => {
  const table = (await index()).filter((row: { label: number }) => row.label !== 1);
  const edited = await shardSource(dir, {
    index: table.derive({ label: (row: { label: number }) => row.label * 2 }),
  });
  assert.deepEqual(edited.counts, Uint32Array.of(4, 0, 0, 0, 7, 0, 11));
  const names = source.identities;
  assert.deepEqual(edited.identities, [names[0], "", "", "", names[2], "", names[3]]);
  const chosen = edited.select(Int32Array.of(6, 0));
  assert.deepEqual(chosen.identities, [names[3], names[0]]);
  assert.deepEqual(chosen.counts, Uint32Array.of(11, 4));
});
