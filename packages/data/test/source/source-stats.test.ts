import assert from "node:assert/strict";
import { test } from "node:test";
import { photosHistogram, sourceStats } from "@amface/data";
import { listedFiles } from "../listed-files.ts";

test("sourceStats() counts photos, identities and singletons", () => {
  assert.deepEqual(sourceStats(listedFiles([4, 1, 1, 10])), {
    identities: 4,
    photos: 16,
    singletons: 2,
    min: 1,
    median: 2.5,
    max: 10,
  });
});

test("photosHistogram() counts identities by photos in bars that double", () => {
  assert.deepEqual([...listedFiles([4, 1, 7, 0, 8]).counts], [4, 1, 7, 0, 8]);
  assert.deepEqual(photosHistogram(listedFiles([4, 1, 7, 0, 8, 1])), [
    { from: 1, to: 1, identities: 2 },
    { from: 2, to: 3, identities: 0 },
    { from: 4, to: 7, identities: 2 },
    { from: 8, to: 15, identities: 1 },
  ]);
  assert.deepEqual(photosHistogram(listedFiles([])), []);
});
