import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { identityFolder, type PhotoSource, packShards, shardSource, sourceStats } from "@amface/data";
import * as aq from "arquero";
import { temporaryFolder, writeCrops } from "../crops.ts";
import { numbers, seen, sorted } from "../seen-batches.ts";

const COUNTS = [3, 2, 4, 1, 5]; // 15 photos, numbered through
let folder: PhotoSource;
let shards: PhotoSource;
let shardDir: string;
before(async () => {
  const dir = await temporaryFolder();
  const crops = await writeCrops(join(dir, "crops"), COUNTS);
  shardDir = join(dir, "shards");
  await packShards(crops, shardDir, { shardSize: 4 });
  [folder, shards] = [await identityFolder(crops), await shardSource(shardDir)];
});

/** The photos' numbers and identities, read from the pixels of all batches, in every kind of order. */
async function held(source: PhotoSource) {
  const all = await seen(source, { batchSize: 1 });
  const balanced = await seen(source, { batchSize: 2, balance: { identities: 1, photos: 2 } });
  for (const { number } of balanced.flat()) assert.ok(numbers(all).includes(number));
  return sorted(numbers(all)).map((number) => {
    const { label } = all.flat().find((photo) => photo.number === number)!;
    return [number, source.identities[label]];
  });
}

test("exclude() leaves out the same photos of a folder as of its shards, whatever their extension, and whole identities", async () => {
  const paths = ["p00/01.jpg", "p01/", "p02/03", "p02/00.png", "p03/00.png", "p04/09.png", "p09/"];
  const left = await folder.exclude(paths);
  assert.deepEqual(left.identities, ["p00", "p02", "p04"]);
  assert.deepEqual(
    await held(left),
    [0, 2, 6, 7, 10, 11, 12, 13, 14].map((number) => [
      number,
      number < 3 ? "p00" : number < 10 ? "p02" : "p04",
    ]),
  );
  const packed = await shards.exclude(paths);
  assert.deepEqual([packed.identities, packed.counts], [left.identities, left.counts]);
  assert.deepEqual(await held(packed), await held(left));
  assert.deepEqual(sourceStats(packed), sourceStats(left));
  // What is left can be parted and thinned out again.
  const [fewer, thinned] = [await packed.exclude(["p04/02.png"]), await left.exclude(["p04/02.png"])];
  assert.deepEqual(await held(fewer.select([2, 0])), await held(thinned.select([2, 0])));
});

test("exclude() of shards names an identity as an edited index does, and a photo by either name", async () => {
  const index = aq.fromArrow(await readFile(join(shardDir, "index.arrow"))).derive({
    identity: aq.escape((row: { identity: string }) => (row.identity === "p02" ? "someone" : row.identity)),
  });
  const renamed = await shardSource(shardDir, { index });
  const whole = await renamed.exclude(["someone/"]);
  assert.deepEqual(whole.identities, ["p00", "p01", "p03", "p04"]);
  const some = await renamed.exclude(["someone/01.png", "p00/00.png"]);
  assert.deepEqual([...some.counts], [2, 2, 3, 1, 5]);
});

test("which photos are left shows in the fingerprint", async () => {
  for (const source of [folder, shards]) {
    const [a, b] = [await source.exclude(["p00/00.png"]), await source.exclude(["p00/01.png"])];
    assert.equal(new Set([source.fingerprint, a.fingerprint, b.fingerprint]).size, 3);
  }
});

test("exclude() refuses to leave nothing", async () => {
  for (const source of [folder, shards]) {
    await assert.rejects(source.exclude(["p00/", "p01/", "p02/", "p03/", "p04/"]), {
      name: "RangeError",
      message: /expected some to be left, got 5 exclusions that take all/,
    });
  }
});
