import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import "@tensorflow/tfjs-backend-cpu";
import { imageBatches } from "@amface/data";
import { ImageError } from "@amface/images";
import { SIZE, temporaryFolder, writeCrops } from "./crops.ts";

test("imageBatches() gives files in their order, the last batch short", async () => {
  const dir = await writeCrops(await temporaryFolder(), [5]);
  const paths = [4, 0, 3, 1, 2].map((i) => join(dir, "p00", `0${i}.png`));
  const numbers: number[][] = [];
  const names: string[][] = [];
  for await (const { images, paths: kept } of imageBatches(paths, { batchSize: 2, imageSize: SIZE })) {
    const values = images.dataSync();
    numbers.push(kept.map((_, b) => values[(b * values.length) / kept.length] * 128 + 127.5));
    names.push(kept);
    images.dispose();
  }
  assert.deepEqual(numbers, [[4, 0], [3, 1], [2]]);
  assert.deepEqual(names.flat(), paths);
});

test("imageBatches() leaves out and reports unreadable photos, or throws without onSkip", async () => {
  const dir = await writeCrops(await temporaryFolder(), [5]);
  const paths = [0, 1, 2, 3, 4].map((i) => join(dir, "p00", `0${i}.png`));
  for (const i of [1, 2, 3]) await writeFile(paths[i], "");
  const skipped: string[] = [];
  const got: string[][] = [];
  const onSkip = ({ path, error }: { path: string; error: ImageError }) => {
    assert.equal(error.reason, "empty");
    skipped.push(path);
  };
  for await (const { images, paths: kept } of imageBatches(paths, {
    batchSize: 2,
    imageSize: SIZE,
    onSkip,
  })) {
    assert.equal(images.shape[0], kept.length);
    got.push(kept);
    images.dispose();
  }
  assert.deepEqual(got, [[paths[0]], [paths[4]]]);
  assert.deepEqual(skipped, [paths[1], paths[2], paths[3]]);
  await assert.rejects(imageBatches(paths, { batchSize: 2, imageSize: SIZE }).next(), ImageError);
});

test("imageBatches() gives nothing for no files", async () => {
  assert.equal((await imageBatches([], { batchSize: 2 }).next()).done, true);
});
