import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { appendFile, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { encodePng } from "@amface/images";
import { EventFile, histogram } from "@amface/train";
import { scratch } from "../tiny-faces.ts";
import { noReader, readEvents } from "./read-events.ts";

const skip = noReader();

test("EventFile writes scalars, histograms and images that an independent protobuf reader finds again", {
  skip,
}, async () => {
  const { dir, remove } = await scratch();
  const events = await EventFile.open(dir);
  const png = await encodePng({ data: new Uint8Array(5 * 4 * 3), width: 5, height: 4 });
  const values = Float32Array.from({ length: 500 }, (_, i) => 10 * Math.sin(i));
  const counted = histogram(values, { buckets: 7 });
  await events.write(3, [
    { tag: "loss/total", scalar: 0.1 },
    { tag: "theta/target", histogram: counted },
    { tag: "crops", image: { png, width: 5, height: 4 } },
  ]);
  await events.write(5_000_000_000, [{ tag: "loss/total", scalar: -2.5 }]);
  await events.write(6, []);
  await events.close();
  const { versions, tags } = readEvents(dir);
  assert.deepEqual(versions, [[0, "brain.Event:2"]]);
  const encoded = { signature: "89504e470d0a1a0a", sha256: createHash("sha256").update(png).digest("hex") };
  assert.deepEqual(tags, {
    "loss/total": { 3: Math.fround(0.1), 5000000000: -2.5 },
    "theta/target": {
      3: {
        ...{
          min: counted.min,
          max: counted.max,
          num: 500,
          sum: counted.sum,
          sum_squares: counted.sumSquares,
        },
        ...{ limits: counted.limits, counts: counted.counts },
      },
    },
    crops: { 3: { height: 4, width: 5, colorspace: 3, size: [5, 4], ...encoded } },
  });
  assert.equal(
    counted.counts.reduce((sum, count) => sum + count),
    500,
  );
  await remove();
});

test("EventFile goes on in a file behind the others, and no step comes twice, not even after a cut-off record", {
  skip,
}, async () => {
  const { dir, remove } = await scratch();
  const first = await EventFile.open(dir);
  for (const step of [1, 2, 3, 4]) await first.write(step, [{ tag: "loss", scalar: step }]);
  await first.close();
  const bytes = await readFile(first.path);
  await appendFile(first.path, bytes.subarray(0, 30)); // as a process leaves it that is killed as it writes
  // Steps 3 and 4 came after the last checkpoint; the run makes them again.
  const second = await EventFile.open(dir, 2);
  for (const step of [3, 4, 5]) await second.write(step, [{ tag: "loss", scalar: 10 * step }]);
  await second.close();
  const third = await EventFile.open(dir, 5);
  await third.write(6, [{ tag: "loss", scalar: 60 }]);
  await third.close();
  assert.deepEqual(
    (await readdir(dir)).sort().map((name) => join(dir, name)),
    [first, second, third].map(({ path }) => path),
  );
  assert.deepEqual(readEvents(dir).tags.loss, { 1: 1, 2: 2, 3: 30, 4: 40, 5: 50, 6: 60 });
  await remove();
});

test("EventFile names the file that cannot be written", async () => {
  const { dir, remove } = await scratch();
  const { path, close } = await EventFile.open(dir).then((events) => ({
    path: events.path,
    close: () => events.close(),
  }));
  await close();
  await assert.rejects(EventFile.open(path), { name: "WriteError" });
  await remove();
});
