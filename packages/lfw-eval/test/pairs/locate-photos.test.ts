import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { locatePhotos, PairsError, parsePairList, parsePairs } from "../../src/mod.ts";

const LIST = parsePairs("2 1\nAnn 1 2\nAnn 1 Bob 3\nBob 1 3\nCid 4 Bob 1\n");

/** Runs `body` on a folder that holds these (empty) files. */
async function withFiles(files: readonly string[], body: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), "amface-pairs-"));
  try {
    for (const file of files) {
      await mkdir(dirname(join(dir, file)), { recursive: true });
      await writeFile(join(dir, file), "");
    }
    await body(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}

test("locatePhotos() lists each photo once, whatever its extension", async () => {
  const files = [
    "Ann/Ann_0001.jpg",
    "Ann/Ann_0002.png",
    "Bob/Bob_0001.JPG",
    "Bob/Bob_0003.jpg",
    "Cid/Cid_0004.jpeg",
  ];
  await withFiles(files, async (dir) => {
    const { photos, pairs, missing, skippedPairs } = await locatePhotos(LIST, dir, { strict: true });
    assert.deepEqual(photos, [files[0], files[1], files[3], files[2], files[4]]);
    assert.deepEqual(pairs, [
      { a: 0, b: 1, same: true, fold: 0 },
      { a: 0, b: 2, same: false, fold: 0 },
      { a: 3, b: 2, same: true, fold: 1 },
      { a: 4, b: 3, same: false, fold: 1 },
    ]);
    assert.deepEqual([missing, skippedPairs], [[], 0]);
  });
});

test("locatePhotos() finds photos by the paths of other lists, flat or in their identity's folder", async () => {
  const list = parsePairList("Ann_0001.jpg 1\nAnn_0002.jpg 1\nAnn_0001.jpg 0\nBob_0001.jpg 0\n");
  await withFiles(["Ann_0001.png", "Ann/Ann_0002.png", "Bob_0001.jpg"], async (dir) => {
    const { photos, identities, pairs } = await locatePhotos(list, dir, { strict: true });
    assert.deepEqual(photos, ["Ann_0001.png", "Ann/Ann_0002.png", "Bob_0001.jpg"]);
    assert.deepEqual(identities, ["Ann", "Ann", "Bob"]);
    assert.deepEqual(
      pairs.map(({ a, b }) => [a, b]),
      [
        [0, 1],
        [0, 2],
      ],
    );
  });
});

test("locatePhotos() finds photos in folders whose names are spelled in Unicode's other way", async () => {
  const name = "Måns_José";
  const forms = ["NFC", "NFD"] as const;
  for (const [listed, onDisk] of [forms, forms.toReversed()]) {
    const [ours, theirs] = [name.normalize(listed), name.normalize(onDisk)];
    const list = parsePairs(`1 1\n${ours} 1 2\n${ours} 1 Ann 1\n`);
    const files = [`${theirs}/${theirs}_0001.jpg`, `${theirs}/${theirs}_0002.jpg`, "Ann/Ann_0001.jpg"];
    await withFiles(files, async (dir) => {
      const { photos, identities } = await locatePhotos(list, dir, { strict: true });
      assert.deepEqual(photos, files);
      assert.deepEqual(identities, [name, name, "Ann"]);
    });
  }
});

test("locatePhotos() leaves pairs with a missing photo out and keeps the folds of the others", async () => {
  await withFiles(["Ann/Ann_0001.jpg", "Bob/Bob_0001.jpg", "Bob/Bob_0003.jpg"], async (dir) => {
    const { photos, pairs, missing, skippedPairs } = await locatePhotos(LIST, dir);
    assert.deepEqual(photos, ["Ann/Ann_0001.jpg", "Bob/Bob_0003.jpg", "Bob/Bob_0001.jpg"]);
    assert.deepEqual(
      pairs.map(({ same, fold }) => [same, fold]),
      [
        [false, 0],
        [true, 1],
      ],
    );
    assert.deepEqual([missing, skippedPairs], [["Ann/Ann_0002", "Cid/Cid_0004"], 2]);
  });
});

test("locatePhotos() makes a missing photo an error when strict, or when no pair is left", async () => {
  await withFiles(["Ann/Ann_0001.jpg", "Bob/Bob_0003.jpg"], async (dir) => {
    await assert.rejects(locatePhotos(LIST, dir, { strict: true }), (error: Error) => {
      assert.ok(error instanceof PairsError);
      assert.match(
        error.message,
        /expected Ann\/Ann_0002, Bob\/Bob_0001, Cid\/Cid_0004 .*3 photos missing, 3 of 4 pairs/,
      );
      return true;
    });
  });
  await withFiles(["Ann/Ann_0002.jpg"], async (dir) => {
    await assert.rejects(locatePhotos(LIST, dir), PairsError);
  });
});
