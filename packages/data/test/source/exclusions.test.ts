import assert from "node:assert/strict";
import { mkdir, readFile, rename } from "node:fs/promises";
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

/** A folder of crops under these names, without extension, and its shards. */
async function named(...names: string[]): Promise<[PhotoSource, PhotoSource]> {
  const dir = await temporaryFolder();
  const plain = await writeCrops(join(dir, "plain"), [names.length]);
  for (const [i, name] of names.entries()) {
    await mkdir(join(dir, "crops", name, ".."), { recursive: true });
    await rename(join(plain, "p00", `${String(i).padStart(2, "0")}.png`), join(dir, "crops", `${name}.png`));
  }
  await packShards(join(dir, "crops"), join(dir, "shards"));
  return [await identityFolder(join(dir, "crops")), await shardSource(join(dir, "shards"))];
}

test("exclude() leaves out all crops of a photo that `align --all` cut out, but a photo that is there is only itself", async () => {
  const names = ["a/x_0", "a/x_1", "a/x_12", "a/x_0_0", "a/y", "a/y_0", "b/n_0001", "b/n_1", "b/z"];
  for (const source of await named(...names)) {
    const left = async (...paths: string[]) => {
      const excluded = await source.exclude(paths);
      return (await held(excluded)).map(([number]) => names[number as number]);
    };
    const without = (...gone: string[]) => names.filter((name) => !gone.includes(name));
    assert.deepEqual(await left("a/x.jpg"), without("a/x_0", "a/x_1", "a/x_12"));
    assert.deepEqual(await left("a/x.jpg", "a/x_0.jpg"), without("a/x_0", "a/x_1", "a/x_12"));
    assert.deepEqual(await left("a/x_0"), without("a/x_0"));
    assert.deepEqual(await left("a/y.jpg"), without("a/y"));
    assert.deepEqual(await left("a/y_0.jpg"), without("a/y_0"));
    await assert.rejects(left("b/n"), /1 that match none, such as b\/n/); // numbered from 1: no crops of one photo
  }
});

test("exclude() tells of paths that match nothing, and refuses a list of nothing else", async () => {
  for (const source of [folder, shards]) {
    const told: string[][] = [];
    const onUnmatched = (paths: readonly string[]) => told.push([...paths]);
    const paths = ["p00/09.jpg", "p00/00.jpg", "p77/", "p01/"];
    assert.equal((await source.exclude(paths, { onUnmatched })).photos, 12);
    assert.deepEqual(told, [["p00/09.jpg", "p77/"]]);
    assert.equal((await source.exclude([], { onUnmatched })).photos, 15);
    await source.exclude(["p00/00.jpg"], { onUnmatched });
    assert.equal(told.length, 1);
    await assert.rejects(source.exclude(["p09/", "p00/17.png", "q/1", "r/1"]), {
      name: "RangeError",
      message: /^Cannot leave out photos: .* got 4 that match none, such as p09\/, p00\/17\.png, q\/1$/,
    });
  }
});

test("exclude() knows names in either of Unicode's spellings", async () => {
  const [listed, onDisk] = (["NFC", "NFD"] as const).map((form) => "José".normalize(form));
  for (const source of await named(`${onDisk}/${onDisk}_1`, `${onDisk}/2`, "b/1")) {
    assert.equal((await source.exclude([`${listed}/`])).photos, 1);
    assert.equal((await source.exclude([`${listed}/${listed}_1.jpg`])).photos, 2);
  }
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
