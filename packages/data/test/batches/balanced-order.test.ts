import assert from "node:assert/strict";
import { join } from "node:path";
import { before, test } from "node:test";
import { identityFolder, type PhotoSource, packShards, shardSource } from "@amface/data";
import { temporaryFolder, writeCrops } from "../crops.ts";
import { seen } from "../seen-batches.ts";

const COUNTS = [4, 1, 7, 11, 5]; // 28 photos
let folder: PhotoSource;
let shards: PhotoSource;
before(async () => {
  const dir = await temporaryFolder();
  await packShards(await writeCrops(join(dir, "crops"), COUNTS), join(dir, "shards"), { shardSize: 10 });
  folder = await identityFolder(join(dir, "crops"));
  shards = await shardSource(join(dir, "shards"));
});
const options = { batchSize: 6, balance: { identities: 2, photos: 3 }, seed: 4 };
const labels = COUNTS.flatMap((n, label) => new Array<number>(n).fill(label));

test("balanced batches hold K different photos of each of P identities, from files and from shards", async () => {
  for (const source of [folder, shards]) {
    const all = await seen(source, options);
    assert.equal(all.length, 4);
    for (const batch of all) {
      const people = new Map<number, number[]>();
      for (const { number, label } of batch) {
        assert.equal(label, labels[number]);
        people.set(label, [...(people.get(label) ?? []), number]);
      }
      assert.equal(people.size, 2);
      for (const [label, numbers] of people) {
        assert.equal(numbers.length, 3);
        assert.equal(new Set(numbers).size, Math.min(3, COUNTS[label]));
      }
    }
  }
});

test("all identities take their turns before one has another", async () => {
  const [first, second, third] = await seen(folder, options);
  const people = [first, second].flat().map(({ label }) => label);
  assert.equal(new Set(people).size, 4);
  assert.equal(new Set(third.map(({ label }) => label)).size, 2);
});

test("balanced batches go on from any of them, and follow seed and epoch", async () => {
  for (const source of [folder, shards]) {
    const whole = await seen(source, { ...options, flip: true });
    for (let firstBatch = 0; firstBatch <= 4; firstBatch++) {
      assert.deepEqual(
        await seen(source, { ...options, flip: true, firstBatch, workers: 1 }),
        whole.slice(firstBatch),
      );
    }
    assert.notDeepEqual(await seen(source, { ...options, epoch: 1, flip: true }), whole);
  }
});

test("balanced batches need P·K to be the batch size, and P identities", async () => {
  await assert.rejects(seen(folder, { ...options, batchSize: 7 }), /to be the batch size 7, got 2 x 3/);
  const many = { batchSize: 6, balance: { identities: 6, photos: 1 } };
  await assert.rejects(seen(folder, many), /expected at least 6 identities with photos, got 5/);
});
