import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import "@tensorflow/tfjs-backend-cpu";
import type { StreamBatch } from "@amface/data";
import * as tf from "@tensorflow/tfjs-core";
import { batchDigest } from "../../src/run/batch-digest.ts";

function digest(dataDir: string, labels: number[], photos: string[]): string {
  const sources = () => photos.map((photo) => photo.replace("DIR", join(dataDir)));
  const batch = { labels: tf.tensor1d(labels, "int32"), sources };
  return batchDigest(batch as Partial<StreamBatch> as StreamBatch, dataDir);
}

test("batchDigest() tells photos, order and labels apart, wherever they lie", async () => {
  await tf.setBackend("cpu");
  const photos = ["DIR/a/1.png", "DIR/b/1.png"];
  const one = digest("crops", [0, 1], photos);
  assert.match(one, /^[0-9a-f]{16}$/);
  assert.equal(digest("/elsewhere/crops/", [0, 1], photos), digest("./crops/", [0, 1], photos));
  assert.notEqual(digest("crops", [0, 1], photos.toReversed()), one);
  assert.notEqual(digest("crops", [1, 0], photos), one);
  assert.notEqual(digest("crops", [0, 1], ["DIR/a/1.png", "DIR/b/2.png"]), one);
  const records = ["record 1 of DIR/x.tfrecord", "record 2 of DIR/x.tfrecord"];
  assert.notEqual(digest("crops", [0, 1], records), digest("crops", [0, 1], records.toReversed()));
});
