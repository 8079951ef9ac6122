import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import {
  describe,
  type FaceSource,
  identityCounts,
  identityFolder,
  photosHistogram,
  selectIdentities,
  splitIdentities,
} from "@amface/data";
import { temporaryFolder, writeCrops } from "./crops.ts";

function source(counts: readonly number[]): FaceSource {
  return {
    identities: counts.map((_, label) => `p${label}`),
    files: counts.flatMap((n, label) =>
      Array.from({ length: n }, (_, i) => ({ path: `p${label}/${i}`, label })),
    ),
  };
}

test("identityFolder() labels identities in the order of their names", async () => {
  const dir = await writeCrops(await temporaryFolder(), [2, 1, 3]);
  const folder = await identityFolder(dir);
  assert.deepEqual(folder.identities, ["p00", "p01", "p02"]);
  assert.deepEqual(
    folder.files.map(({ label }) => label),
    [0, 0, 1, 2, 2, 2],
  );
  assert.equal(folder.files[2].path, join(dir, "p01/00.png"));
});

test("identityFolder() leaves out identities with too few photos and labels the rest anew", async () => {
  const dir = await writeCrops(await temporaryFolder(), [2, 1, 3]);
  const folder = await identityFolder(dir, { minImagesPerIdentity: 2 });
  assert.deepEqual(folder.identities, ["p00", "p02"]);
  assert.deepEqual(
    folder.files.map(({ label }) => label),
    [0, 0, 1, 1, 1],
  );
  await assert.rejects(identityFolder(dir, { minImagesPerIdentity: 4 }), /at least 4 photos, got at most 3/);
});

test("identityFolder() names a folder that is missing or holds no images", async () => {
  const dir = await temporaryFolder();
  await assert.rejects(identityFolder(join(dir, "nowhere")), /nowhere/);
  await mkdir(join(dir, "empty", "someone"), { recursive: true });
  await assert.rejects(identityFolder(join(dir, "empty")), /Cannot list identities in .*empty/);
});

test("describe() counts photos, identities and singletons", () => {
  assert.deepEqual(describe(source([4, 1, 1, 10])), {
    identities: 4,
    photos: 16,
    singletons: 2,
    min: 1,
    median: 2.5,
    max: 10,
  });
});

test("photosHistogram() counts identities by photos in bars that double", () => {
  assert.deepEqual([...identityCounts(source([4, 1, 7, 0, 8]))], [4, 1, 7, 0, 8]);
  assert.deepEqual(photosHistogram(source([4, 1, 7, 0, 8, 1])), [
    { from: 1, to: 1, identities: 2 },
    { from: 2, to: 3, identities: 0 },
    { from: 4, to: 7, identities: 2 },
    { from: 8, to: 15, identities: 1 },
  ]);
  assert.deepEqual(photosHistogram(source([])), []);
});

test("selectIdentities() keeps the given people with labels counted anew", () => {
  const { identities, files } = selectIdentities(source([1, 2, 1]), [2, 1]);
  assert.deepEqual(identities, ["p2", "p1"]);
  assert.deepEqual(files, [
    { path: "p1/0", label: 1 },
    { path: "p1/1", label: 1 },
    { path: "p2/0", label: 0 },
  ]);
});

test("splitIdentities() parts people, loses none, and follows the seed", () => {
  const all = source(Array.from({ length: 20 }, (_, i) => (i % 3) + 1));
  const { train, heldOut } = splitIdentities(all, 5, 1);
  assert.equal(heldOut.identities.length, 5);
  assert.deepEqual([...train.identities, ...heldOut.identities].sort(), [...all.identities].sort());
  assert.deepEqual(
    [...train.files, ...heldOut.files].map((f) => f.path).sort(),
    all.files.map((f) => f.path).sort(),
  );
  for (const part of [train, heldOut]) {
    for (const { path, label } of part.files) assert.ok(path.startsWith(`${part.identities[label]}/`));
  }
  assert.deepEqual(splitIdentities(all, 0.25, 1).heldOut, heldOut);
  assert.notDeepEqual(splitIdentities(all, 5, 2).heldOut, heldOut);
  for (const bad of [0, 20, 21, 2.5, -1, Number.NaN]) {
    assert.throws(() => splitIdentities(all, bad, 1), /expected 1 to 19 of 20/);
  }
});

test("splitIdentities() holds out only people of as many photos as asked", () => {
  const all = source([1, 1, 3, 1, 2, 1, 5]);
  const { train, heldOut } = splitIdentities(all, 3, 4, { minPhotos: 2 });
  assert.deepEqual(heldOut.identities, ["p2", "p4", "p6"]);
  assert.deepEqual(train.identities, ["p0", "p1", "p3", "p5"]);
  assert.throws(
    () => splitIdentities(all, 4, 4, { minPhotos: 2 }),
    /expected 4 or more of at least 2 photos, got 3 of 7/,
  );
});
