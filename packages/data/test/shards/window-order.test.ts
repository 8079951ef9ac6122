import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { packShards, shardSource } from "@amface/data";
import { windowOrder } from "../../src/shards/window-order.ts";
import { temporaryFolder, writeCrops } from "../crops.ts";

test("windowOrder() gives the same for slices that are asked for at once as one after the other", async () => {
  const folder = await temporaryFolder();
  await packShards(await writeCrops(join(folder, "crops"), [9, 8, 7]), join(folder, "shards"), {
    shardSize: 2,
  });
  const source = await shardSource(join(folder, "shards"));
  // A window a shard: three are kept, and more are wanted at once.
  const options = { seed: 5, epoch: 1, shuffle: true, windowRecords: 256 };
  const [calm, busy] = [await windowOrder(source, options), await windowOrder(source, options)];
  const starts = Array.from({ length: 2 * calm.length }, (_, i) => (7 * i) % (calm.length - 4));
  const expected = [];
  for (const start of starts) expected.push(await calm.slice(start, start + 5));
  assert.deepEqual(await Promise.all(starts.map((start) => busy.slice(start, start + 5))), expected);
});
