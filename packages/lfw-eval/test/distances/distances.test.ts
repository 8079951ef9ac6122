import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  countUnnormalised,
  DistanceTableError,
  joinFlipped,
  parseDistances,
  readDistances,
  squaredDistances,
  writeDistances,
} from "../../src/mod.ts";
import { seeded } from "../seeded.ts";

const near = (a: ArrayLike<number>, b: readonly number[]) =>
  a.length === b.length && b.every((value, i) => Math.abs(a[i] - value) < 1e-12);

test("squaredDistances() goes from 0 to 4 and does not depend on lengths", () => {
  const embeddings = { data: Float32Array.of(1, 0, 5, 0, 0, 2, -3, 0), size: 2 };
  const pairs = [
    { a: 0, b: 1 },
    { a: 0, b: 2 },
    { a: 1, b: 3 },
    { a: 3, b: 1 },
  ];
  assert.ok(near(squaredDistances(embeddings, pairs), [0, 2, 4, 4]));
});

test("squaredDistances() names the embedding that has no direction", () => {
  const broken = (values: number[]) => () =>
    squaredDistances({ data: Float32Array.from(values), size: 2 }, [{ a: 0, b: 1 }]);
  assert.throws(broken([1, 0, 0, 0]), /Cannot compare embedding 1: .*got zeros/);
  assert.throws(broken([Number.NaN, 0, 1, 0]), /Cannot compare embedding 0: .*got NaN/);
  assert.throws(broken([1, 2, 3]), /expected a multiple of 2 values, got 3/);
  assert.throws(broken([1, 0]), /Cannot compare pair 0: expected rows below 1, got 0 and 1/);
});

test("squaredDistances() names every embedding that is NaN, up to five", () => {
  const data = new Float32Array(16).fill(1);
  for (const row of [1, 2, 3, 5, 6, 7]) data[2 * row] = Number.NaN;
  assert.throws(
    () => squaredDistances({ data, size: 2 }, []),
    /Cannot compare embeddings 1, 2, 3, 5, 6 and 1 more: expected finite values, not all zero, got NaN/,
  );
});

test("countUnnormalised() counts embeddings that are not of length 1", () => {
  const embeddings = { data: Float32Array.of(1, 0, 0.6, 0.8, 3, 4, 0, -1.1), size: 2 };
  assert.equal(countUnnormalised(embeddings), 2);
});

test("squaredDistances() does not change when pairs are swapped or the space is turned", () => {
  const next = seeded(4);
  const size = 6;
  const data = Float32Array.from({ length: 20 * size }, () => next() - 0.5);
  const pairs = Array.from({ length: 19 }, (_, i) => ({ a: i, b: i + 1 }));
  const plain = squaredDistances({ data, size }, pairs);
  const swapped = squaredDistances(
    { data, size },
    pairs.map(({ a, b }) => ({ a: b, b: a })),
  );
  assert.ok(near(swapped, [...plain]));
  // Turns of each plane of two neighbouring axes, one after the other: a rotation of the whole space.
  const turned = data.slice();
  for (let row = 0; row < 20; row++) {
    for (let axis = 0; axis + 1 < size; axis++) {
      const at = row * size + axis;
      const [x, y, angle] = [turned[at], turned[at + 1], 0.7 + axis];
      turned[at] = x * Math.cos(angle) - y * Math.sin(angle);
      turned[at + 1] = x * Math.sin(angle) + y * Math.cos(angle);
    }
  }
  squaredDistances({ data: turned, size }, pairs).forEach((distance, p) => {
    assert.ok(Math.abs(distance - plain[p]) < 1e-5, `${distance} ${plain[p]}`);
  });
});

test("joinFlipped() joins rows before they are normalised", () => {
  const plain = { data: Float32Array.of(3, 0, 0, 1), size: 2 };
  const mirrored = { data: Float32Array.of(0, 4, 1, 0), size: 2 };
  const concat = joinFlipped(plain, mirrored, "concat");
  assert.deepEqual(concat, { data: Float32Array.of(3, 0, 0, 4, 0, 1, 1, 0), size: 4 });
  assert.deepEqual(joinFlipped(plain, mirrored, "sum"), { data: Float32Array.of(3, 4, 1, 1), size: 2 });
  // Sides: [3, 0, 0, 4]/5 and [0, 1, 1, 0]/√2 are at right angles; [3, 4]/5 and [1, 1]/√2 have cosine 7/(5√2).
  assert.ok(near(squaredDistances(concat, [{ a: 0, b: 1 }]), [2]));
  const sum = squaredDistances(joinFlipped(plain, mirrored, "sum"), [{ a: 0, b: 1 }]);
  assert.ok(near(sum, [2 - 14 / (5 * Math.SQRT2)]));
  assert.throws(() => joinFlipped(plain, { data: Float32Array.of(1, 2), size: 2 }, "sum"), RangeError);
});

test("parseDistances() reads issame,distance with and without a line of names", () => {
  const expected = { distances: Float64Array.of(0.5, 1.25), issame: [true, false] };
  assert.deepEqual(parseDistances("1,0.5\n0,1.25\n"), expected);
  assert.deepEqual(parseDistances("\uFEFFissame,distance\r\n1, 0.5\r\n\r\n0, 1.25"), expected);
});

test("parseDistances() names the line that is wrong", () => {
  const fails = (text: string, message: string) =>
    assert.throws(
      () => parseDistances(text, "d.csv"),
      (error) => error instanceof DistanceTableError && error.message === `Cannot read d.csv${message}`,
    );
  fails("1,0.5\n1\n", " line 2: expected 2 columns, issame,distance, got 1");
  fails("2,0.5\n", ' line 1: expected issame to be 0 or 1, got "2"');
  fails("1,0.5\n0,near\n", ' line 2: expected a finite distance, got "near"');
  fails("1,\n", ' line 1: expected a finite distance, got ""');
  fails("1,\x1b[2J\n", ' line 1: expected a finite distance, got "\\u001b[2J"');
  fails("1,NaN\n", ' line 1: expected a finite distance, got "NaN"');
  fails("issame,distance\n", ": expected rows issame,distance, got none");
});

test("writeDistances() keeps folds, photos and people where it has them, commas and quotes included", async () => {
  const dir = await mkdtemp(join(tmpdir(), "amface-distances-"));
  try {
    const path = join(dir, "distances.csv");
    const table = {
      distances: Float64Array.of(0.25, 1.5),
      issame: [true, false],
      folds: [0, 3],
      photos: [
        ["a,b/1.png", 'c "d"/1.png'],
        ["e/1.png", "f/2.png"],
      ] as const,
      identities: [
        ["a,b", 'c "d"'],
        ["e", "f"],
      ] as const,
    };
    await writeDistances(path, table);
    assert.deepEqual(await readDistances(path), table);
  } finally {
    await rm(dir, { recursive: true });
  }
});

test("writeDistances() writes what readDistances() reads, to the last bit", async () => {
  const dir = await mkdtemp(join(tmpdir(), "amface-distances-"));
  try {
    const path = join(dir, "deep", "distances.csv");
    const table = { distances: Float64Array.of(1 / 3, 4e-9, Math.PI), issame: [true, false, true] };
    await writeDistances(path, table);
    assert.deepEqual(await readDistances(path), table);
    await assert.rejects(readDistances(join(dir, "none.csv")), DistanceTableError);
  } finally {
    await rm(dir, { recursive: true });
  }
});
