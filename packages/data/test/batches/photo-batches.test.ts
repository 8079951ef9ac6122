import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import "@tensorflow/tfjs-backend-cpu";
import {
  identityFolder,
  type PhotoBatchOptions,
  packShards,
  photoBatches,
  shardSource,
  splitIdentities,
} from "@amface/data";
import { SIZE, temporaryFolder, writeCrops } from "../crops.ts";
import { numbers, seen, sorted } from "../seen-batches.ts";

const COUNTS = [4, 1, 7, 11, 2, 3];
const LABELS = COUNTS.flatMap((n, label) => new Array<number>(n).fill(label));

/** Numbers and places of the photos of each batch. */
async function read(photos: Parameters<typeof photoBatches>[0], options: Partial<PhotoBatchOptions> = {}) {
  const all: { numbers: number[]; places: number[] }[] = [];
  for await (const { images, places } of photoBatches(photos, {
    batchSize: 4,
    imageSize: SIZE,
    ...options,
  })) {
    const values = images.dataSync();
    all.push({
      numbers: places.map((_, b) => values[(b * values.length) / places.length] * 128 + 127.5),
      places,
    });
    images.dispose();
  }
  return all;
}

const [folder, shards] = await (async () => {
  const dir = await temporaryFolder();
  const crops = await writeCrops(join(dir, "crops"), COUNTS);
  await packShards(crops, join(dir, "shards"), { shardSize: 9 });
  return [await identityFolder(crops), await shardSource(join(dir, "shards"))] as const;
})();

for (const [kind, source] of [
  ["folders", folder],
  ["shards", shards],
] as const) {
  test(`photoBatches() gives the photos of ${kind} in the order in which they are listed`, async () => {
    const photos = await source.list();
    assert.equal(photos.length, LABELS.length);
    const wanted = [20, 3, 3, 11, 0].map((place) => photos[place]);
    const labelOf = (number: number) => LABELS[number];
    const batches = await read(wanted);
    assert.deepEqual(
      batches.map(({ places }) => places),
      [[0, 1, 2, 3], [4]],
    );
    assert.deepEqual(
      batches.flatMap((batch) => batch.numbers.map(labelOf)),
      wanted.map(({ label }) => label),
    );
    assert.equal(new Set((await read(photos)).flatMap((batch) => batch.numbers)).size, LABELS.length);
  });

  test(`splitIdentities() parts ${kind}: batches of either part hold its own photos with its own labels`, async () => {
    const parts = splitIdentities(source, 0.5, 3, { minPhotos: 2 });
    const found = await Promise.all(
      [parts.train, parts.heldOut].map(async (part) => {
        const all = await seen(part, { batchSize: 3, dropRemainder: false });
        for (const { number, label } of all.flat()) {
          assert.equal(part.identities[label], source.identities[LABELS[number]]);
        }
        return numbers(all);
      }),
    );
    assert.equal(parts.heldOut.identities.length, 3);
    assert.deepEqual(
      sorted(found.flat()),
      LABELS.map((_, number) => number),
    );
    const photos = await parts.heldOut.list();
    const shown = await read(photos);
    assert.deepEqual(sorted(shown.flatMap((batch) => batch.numbers)), sorted(found[1]));
    assert.deepEqual(
      shown.flatMap((batch) => batch.numbers.map((number) => source.identities[LABELS[number]])),
      photos.map(({ label }) => parts.heldOut.identities[label]),
    );
  });
}

test("photoBatches() leaves out what cannot be read, and tells of it", async () => {
  const dir = await writeCrops(await temporaryFolder(), [6]);
  const { files } = await identityFolder(dir);
  for (const i of [1, 3, 4, 5]) await writeFile(files[i].path, "");
  const skipped: string[] = [];
  const batches = await read(files, { batchSize: 2, onSkip: ({ path }) => skipped.push(path) });
  assert.deepEqual(batches, [
    { numbers: [0], places: [0] },
    { numbers: [2], places: [2] },
  ]);
  assert.deepEqual(new Set(skipped), new Set([1, 3, 4, 5].map((i) => files[i].path)));
  await assert.rejects(read(files), { name: "ImageError", message: /00\/01\.png: .* an empty file/ });
});

test("photoBatches() gives nothing for no photos", async () => {
  assert.deepEqual(await read([]), []);
});
