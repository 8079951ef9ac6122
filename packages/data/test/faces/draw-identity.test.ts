import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "@amface/data";
import { drawIdentity } from "../../src/faces/draw-identity.ts";
import type { FaceIdentity } from "../../src/faces/face-identity.ts";

const people = (count: number): FaceIdentity[] =>
  Array.from({ length: count }, (_, i) => drawIdentity(new Random("identity", 0, i)));

/** Every number of a person that is neither a colour nor a place of a mark. */
const measures = ({ face, eye, brow, nose, mouth, relief }: FaceIdentity): number[] =>
  [face, eye, brow, nose, mouth, relief].flatMap((part) =>
    Object.values(part).filter((value) => typeof value === "number"),
  );

test("drawIdentity() makes 10,000 people who are all told apart by their measures", () => {
  const rows = people(10_000).map(measures);
  const n = rows[0].length;
  assert.equal(new Set(rows.map((row) => row.map((value) => value.toFixed(3)).join())).size, 10_000);
  // Scaled to the same spread, the two most alike of the first 2,000 differ by two standard deviations in all.
  const some = rows.slice(0, 2000);
  const scale = Array.from({ length: n }, (_, k) => {
    const mean = some.reduce((sum, row) => sum + row[k], 0) / some.length;
    return 1 / Math.sqrt(some.reduce((sum, row) => sum + (row[k] - mean) ** 2, 0) / some.length);
  });
  let least = Infinity;
  for (const [i, a] of some.entries()) {
    for (const b of some.slice(0, i)) {
      let sum = 0;
      for (let k = 0; k < n && sum < least; k++) sum += ((a[k] - b[k]) * scale[k]) ** 2;
      least = Math.min(least, sum);
    }
  }
  assert.ok(Math.sqrt(least) > 2, `${Math.sqrt(least)}`);
});

test("drawIdentity() gives beards to men alone, dark hair to dark skin, and grey hair to some", () => {
  const crowd = people(2000);
  const bearded = crowd.filter(({ beard }) => beard.style !== "none");
  assert.ok(bearded.length > 250 && bearded.length < 600, `${bearded.length} beards`);
  const mean = (of: FaceIdentity[], value: (who: FaceIdentity) => number) =>
    of.reduce((sum, who) => sum + value(who), 0) / of.length;
  const dark = crowd.filter(({ skin }) => skin[0] < 0.3);
  const light = crowd.filter(({ skin }) => skin[0] > 0.5);
  assert.ok(mean(dark, ({ hair }) => hair[0]) < mean(light, ({ hair }) => hair[0]));
  assert.ok(mean(bearded, ({ brow }) => brow.thickness) > mean(crowd, ({ brow }) => brow.thickness));
});
