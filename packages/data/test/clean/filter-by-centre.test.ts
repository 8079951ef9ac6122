import assert from "node:assert/strict";
import { test } from "node:test";
import { centreDistances, type EmbeddingTable, filterByCentre, Random } from "@amface/data";

/** A table of embeddings given row by row. */
function table(rows: Record<string, readonly number[]>): EmbeddingTable {
  const values = Object.values(rows);
  return { paths: Object.keys(rows), data: Float32Array.from(values.flat()), size: values[0].length };
}

/** `people` directions of 32 values, and `photos` embeddings scattered around each. */
function crowd(people: number, photos: number, scatter: number): EmbeddingTable {
  const size = 32;
  const paths: string[] = [];
  const data: number[] = [];
  for (let person = 0; person < people; person++) {
    const own = new Random("person", person);
    const direction = Array.from({ length: size }, () => own.normal());
    for (let photo = 0; photo < photos; photo++) {
      const random = new Random("photo", person, photo);
      paths.push(`p${person}/${photo}.png`);
      data.push(...direction.map((value) => value + scatter * random.normal()));
    }
  }
  return { paths, data: Float32Array.from(data), size };
}

test("centreDistances() is the Euclidean distance of normalised embeddings to their identity's mean", () => {
  // Two unit vectors at a right angle: their mean is (½, ½), half of √2 from each. Lengths do not count.
  const distances = centreDistances(table({ "a/1.png": [3, 0], "a/2.png": [0, 7], "b/1.png": [0, 2] }));
  assert.ok(Math.abs(distances[0] - Math.SQRT1_2) < 1e-7);
  assert.ok(Math.abs(distances[1] - Math.SQRT1_2) < 1e-7);
  assert.equal(distances[2], 0);
});

test("filterByCentre() leaves out what lies beyond the percentile, interpolated between two distances", () => {
  const rows = { "a/1.png": [1, 0], "a/2.png": [1, 0.02], "a/3.png": [1, -0.02], "a/4.png": [0, 1] };
  const left = (percentile: number) =>
    filterByCentre(table(rows), { percentile })
      .filter(({ keep }) => !keep)
      .map(({ path, reason }) => `${path} ${reason}`);
  assert.deepEqual(left(100), []);
  assert.deepEqual(left(99), ["a/4.png far"]);
  assert.deepEqual(left(67), ["a/4.png far"]);
  assert.equal(left(66).length, 2);
});

test("filterByCentre() leaves out identities of which too few photos are left", () => {
  const rows = filterByCentre(
    table({
      "a/1.png": [1, 0],
      "a/2.png": [1, 0.1],
      "a/3.png": [-1, 0],
      "b/1.png": [0, 1],
      "b/2.png": [0.1, 1],
    }),
    { percentile: 80, minImagesPerIdentity: 3 },
  );
  assert.deepEqual(
    rows.map(({ reason }) => reason),
    ["few", "few", "far", "few", "few"],
  );
});

test("filterByCentre() finds photos that were put under another name", () => {
  const clean = crowd(40, 20, 0.4);
  // Photo 0 of every second person changes places with that of the next.
  const data = clean.data.slice();
  const row = (person: number) => clean.data.subarray(person * 20 * 32, person * 20 * 32 + 32);
  for (let person = 0; person < 40; person += 2) {
    data.set(row(person + 1), person * 20 * 32);
    data.set(row(person), (person + 1) * 20 * 32);
  }
  const far = filterByCentre({ ...clean, data }, { percentile: 95 }).filter(({ keep }) => !keep);
  assert.deepEqual(
    far.map(({ path }) => path),
    Array.from({ length: 40 }, (_, person) => `p${person}/0.png`),
  );
});

test("filterByCentre() refuses what is no table, and options out of range", () => {
  const good = table({ "a/1.png": [1, 0] });
  assert.throws(
    () => filterByCentre(good, { percentile: 0 }),
    /expected a percentile above 0, up to 100, got 0/,
  );
  assert.throws(() => filterByCentre(good, { minImagesPerIdentity: 0.5 }), RangeError);
  assert.throws(
    () => filterByCentre({ paths: [], data: new Float32Array(), size: 2 }),
    /at least one, got none/,
  );
  assert.throws(() => filterByCentre({ ...good, size: 3 }), /expected 1 rows of 3 values, got 2 values/);
  assert.throws(() => filterByCentre(table({ "a/1.png": [0, 0] })), /embedding of a\/1\.png: .* got zeros/);
  assert.throws(() => filterByCentre(table({ "a/1.png": [Number.NaN, 0] })), /got NaN/);
});
