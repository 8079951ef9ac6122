import assert from "node:assert/strict";
import { rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import {
  type BatchOptions,
  batches,
  batchesPerEpoch,
  type FileSource,
  fileSource,
  identityFolder,
} from "@amface/data";
import { writePng } from "@amface/images";
import * as tf from "@tensorflow/tfjs-core";
import { crop, SIZE, temporaryFolder, writeCrops } from "../crops.ts";
import { numbers, seen, seenWithPositions, sorted } from "../seen-batches.ts";

const COUNTS = [4, 1, 7, 11]; // 23 photos
let source: FileSource;
before(async () => {
  source = await identityFolder(await writeCrops(await temporaryFolder(), COUNTS));
});

const everything = Array.from({ length: 23 }, (_, i) => i);

test("batches() shows every photo once an epoch, with its own label", async () => {
  const all = await seen(source, { batchSize: 4, seed: 3, dropRemainder: false });
  assert.deepEqual(
    all.map((batch) => batch.length),
    [4, 4, 4, 4, 4, 3],
  );
  assert.deepEqual(sorted(numbers(all)), everything);
  const labels = COUNTS.flatMap((n, label) => new Array(n).fill(label));
  for (const { number, label } of all.flat()) assert.equal(label, labels[number]);
});

test("batches() drops the short last batch unless asked, and batchesPerEpoch() agrees", async () => {
  for (const dropRemainder of [true, false]) {
    const all = await seen(source, { batchSize: 5, dropRemainder });
    assert.equal(all.length, batchesPerEpoch(source, { batchSize: 5, dropRemainder }));
    assert.equal(numbers(all).length, dropRemainder ? 20 : 23);
  }
});

test("batches() repeats itself for the same seed and epoch, and differs for others", async () => {
  const options = { batchSize: 23, seed: 1, epoch: 2, flip: true };
  const first = await seen(source, options);
  assert.deepEqual(await seen(source, { ...options, prefetch: 5 }), first);
  for (const other of [{ seed: 2 }, { epoch: 3 }]) {
    const [batch] = await seen(source, { ...options, ...other });
    assert.notDeepEqual(numbers([batch]), numbers(first));
    assert.notDeepEqual(
      batch.map(({ flipped }) => flipped),
      first[0].map(({ flipped }) => flipped),
    );
  }
  assert.deepEqual(numbers(await seen(source, { batchSize: 23, shuffle: false })), everything);
});

test("batches() started at any batch gives exactly the rest of the epoch", async () => {
  const options = { batchSize: 4, seed: 9, epoch: 1, flip: true, dropRemainder: false };
  const whole = await seen(source, options);
  for (let firstBatch = 0; firstBatch <= whole.length; firstBatch++) {
    assert.deepEqual(await seen(source, { ...options, firstBatch }), whole.slice(firstBatch));
  }
  await assert.rejects(
    seen(source, { ...options, firstBatch: 7 }),
    /Cannot start at batch 7: expected 0 to 6/,
  );
});

test("batches() mirrors about half of the photos with flip, none without", async () => {
  let flipped = 0;
  for (let epoch = 0; epoch < 20; epoch++) {
    const all = await seen(source, { batchSize: 23, epoch, flip: true });
    flipped += all.flat().filter((photo) => photo.flipped).length;
  }
  assert.ok(Math.abs(flipped - 230) < 45, `${flipped} of 460`);
  const still = await seen(source, { batchSize: 23 });
  assert.ok(still.flat().every((photo) => !photo.flipped));
});

test("batches() reads no further ahead than `prefetch` batches", async () => {
  const read = new Set<number>();
  const files = source.files.map((file, i) => ({
    label: file.label,
    get path() {
      read.add(i);
      return file.path;
    },
  }));
  let taken = 0;
  const options = { batchSize: 2, imageSize: SIZE, prefetch: 2 };
  for await (const { images, labels } of batches(
    fileSource({ identities: source.identities, files }),
    options,
  )) {
    taken++;
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(read.size, Math.min(22, (taken + 2) * 2));
    images.dispose();
    labels.dispose();
  }
});

test("batches() leaves no tensors behind when left early", async () => {
  const before = tf.memory().numTensors;
  for await (const { images, labels } of batches(source, { batchSize: 3, imageSize: SIZE })) {
    images.dispose();
    labels.dispose();
    break;
  }
  assert.equal(tf.memory().numTensors, before);
});

test("recycle() gives a batch's memory to later ones, which hold what they would have held", async () => {
  await tf.setBackend("cpu"); // which does not copy
  const options = { batchSize: 4, imageSize: SIZE, seed: 5, flip: true, dropRemainder: false };
  const expected = await seen(source, options);
  const before = tf.memory().numTensors;
  const found: number[][] = [];
  const held: Float32Array[] = [];
  for await (const batch of batches(source, options)) {
    const values = batch.images.dataSync<"float32">();
    held.push(values);
    const each = values.length / batch.labels.size;
    found.push(Array.from(batch.labels.dataSync(), (_, b) => values[b * each] * 128 + 127.5));
    batch.recycle();
    batch.recycle(); // a second time does nothing
  }
  assert.deepEqual(
    found,
    expected.map((batch) => batch.map(({ number }) => number)),
  );
  assert.equal(tf.memory().numTensors, before);
  // The loads that are under way when the first batch is done have their own memory; all others got what came back.
  const emptied = held.filter(({ length }) => length === 0).length;
  assert.ok(emptied >= 2, `${emptied} of ${held.length} batches were handed on`);
});

test("batches() puts the next readable photo in an unreadable one's place, reports it once and says where each lies", async () => {
  const dir = await writeCrops(await temporaryFolder(), COUNTS);
  await truncate(join(dir, "p02", "03.png"), 60);
  await writeFile(join(dir, "p02", "04.png"), "not an image");
  await rm(join(dir, "p03", "10.png"));
  const intact = join(source.files[0].path, "..", "..");
  const moved = source.files.map(({ path, label }) => ({ label, path: path.replace(intact, dir) }));
  const from = fileSource({ ...source, files: moved });
  const skipped: string[] = [];
  const onSkip: BatchOptions["onSkip"] = ({ path, error }) => {
    assert.ok(error.message.includes(path));
    skipped.push(path);
  };
  const options = { batchSize: 4, seed: 6, flip: true, dropRemainder: false };
  const whole = await seen(source, options);
  const batchesSeen = await seenWithPositions(from, { ...options, onSkip });
  const patched = batchesSeen.map(({ photos }) => photos);
  assert.deepEqual(skipped.sort(), [moved[8].path, moved[9].path, moved[22].path]);

  const order = numbers(whole);
  const expected = order.map((_, i) => {
    let j = i;
    while ([8, 9, 22].includes(order[j % 23])) j++;
    return order[j % 23];
  });
  assert.deepEqual(numbers(patched), expected);
  assert.deepEqual(
    batchesSeen.flatMap(({ sources }) => sources),
    expected.map((number) => moved[number].path),
  );
  assert.deepEqual(
    patched.flat().map(({ flipped }) => flipped),
    whole.flat().map(({ flipped }) => flipped),
  );
  for (let firstBatch = 0; firstBatch < 6; firstBatch++) {
    assert.deepEqual(await seen(from, { ...options, firstBatch }), patched.slice(firstBatch));
  }
});

test("batches() refuses a source in which nothing can be read", async () => {
  const files = Array.from({ length: 6 }, (_, i) => ({ path: join("nowhere", `${i}.png`), label: 0 }));
  let skipped = 0;
  const all = seen(fileSource({ identities: ["p"], files }), { batchSize: 2, onSkip: () => skipped++ });
  await assert.rejects(all, /Cannot make batches: expected readable photos, got 6 that cannot be read/);
  assert.equal(skipped, 6);
});

test("batches() names a crop of another size and says what to do", async () => {
  const dir = await writeCrops(await temporaryFolder(), [2, 2]);
  await writePng(join(dir, "p01", "01.png"), crop(3, [8, 8]));
  const all = seen(await identityFolder(dir), { batchSize: 2 });
  await assert.rejects(all, /Cannot load .*1\.png: expected a crop of 4x6 .*, got 8x8; run align first/);
});

test("batches() refuses options out of range", async () => {
  const cases: [Partial<BatchOptions>, RegExp][] = [
    [{ batchSize: 0 }, /expected batchSize to be an integer >= 1, got 0/],
    [{ batchSize: 2.5 }, /batchSize/],
    [{ batchSize: 24 }, /Cannot make batches of 24: expected at least 24 photos, got 23/],
    [{ prefetch: 0 }, /prefetch/],
    [{ epoch: -1 }, /epoch/],
    [{ firstBatch: 0.5 }, /firstBatch/],
  ];
  for (const [options, message] of cases) {
    await assert.rejects(seen(source, { batchSize: 4, ...options }), (error: Error) => {
      assert.ok(error instanceof RangeError);
      assert.match(error.message, message);
      return true;
    });
  }
});

test("batches() with rows gives those photos of each batch, as the whole batch has them", async () => {
  const options = { batchSize: 6, seed: 4, flip: true };
  const whole = await seen(source, options);
  const parts = await Promise.all(
    (
      [
        [0, 1],
        [1, 4],
        [4, 6],
      ] as const
    ).map((rows) => seen(source, { ...options, rows })),
  );
  assert.deepEqual(
    whole.map((_, i) => parts.flatMap((part) => part[i])),
    whole,
  );
  for (const rows of [
    [0, 7],
    [2, 2],
    [-1, 3],
    [0.5, 3],
  ] as const) {
    await assert.rejects(seen(source, { ...options, rows }), {
      name: "RangeError",
      message: /expected rows to be two rising integers from 0 to 6, got/,
    });
  }
});
