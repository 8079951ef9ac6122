import assert from "node:assert/strict";
import { test } from "node:test";
import { type Quality, qualityFigure, qualityRates } from "../../src/mod.ts";

const COUNT = 100;
/** Pairs of which every second is of one person; their first photo's quality rises from 1 to 100. */
const issame = Array.from({ length: COUNT }, (_, p) => p % 2 === 0);
const table = {
  issame,
  // Same pairs are accepted from quality 41 on, different ones up to 40.
  distances: Float64Array.from(
    issame,
    (_, p) => (p < 40 ? 1 : 0) + (p < 40 === issame[p] ? 0.6 : -0.6) + 0.4 * Number(p >= 40),
  ),
  photos: issame.map((_, p) => [`a/${p + 1}`, "b/1000"] as const),
};
const eyes: Quality = { name: "eyes", largerIsBetter: true, of: (photo) => Number(photo.slice(2)) };

test("qualityRates() counts errors in five ranges of the worse photo's quality", () => {
  const bins = qualityRates(table, eyes, 1);
  assert.deepEqual(
    bins.map(({ from, to }) => [from, to]),
    [
      [1, 20],
      [21, 40],
      [41, 60],
      [61, 80],
      [81, 100],
    ],
  );
  for (const [i, { fnmr, fmr }] of bins.entries()) {
    const wrong = (same: boolean) =>
      table.distances
        .slice(20 * i, 20 * i + 20)
        .filter((d, k) => issame[20 * i + k] === same && d < 1 !== same).length;
    assert.deepEqual([fnmr.pairs, fnmr.errors, fmr.pairs, fmr.errors], [10, wrong(true), 10, wrong(false)]);
  }
  assert.ok(bins[0].fnmr.errors > bins[4].fnmr.errors);
});

test("qualityRates() takes the larger value where smaller is better, and leaves out what is not known", () => {
  const tilt: Quality = { ...eyes, largerIsBetter: false };
  assert.deepEqual(
    new Set(qualityRates(table, tilt, 1).flatMap(({ from, to }) => [from, to])),
    new Set([1000]),
  );
  const half: Quality = {
    ...eyes,
    of: (photo) => (photo === "b/1000" || Number(photo.slice(2)) > 50 ? 7 : undefined),
  };
  assert.equal(
    qualityRates(table, half, 1).reduce((sum, { fmr, fnmr }) => sum + fmr.pairs + fnmr.pairs, 0),
    50,
  );
  assert.deepEqual(qualityRates(table, { ...eyes, of: () => undefined }, 1), []);
  const { distances } = table;
  assert.throws(() => qualityRates({ distances, issame }, eyes, 1), /expected a table with photos/);
});

test("qualityFigure() draws every pair, or an even choice of many", () => {
  const [same, different] = qualityFigure(table, eyes).data as { x: number[]; y: number[] }[];
  assert.deepEqual([same.x.length, different.x.length], [50, 50]);
  assert.deepEqual([same.x[1], same.y[1]], [3, Number(table.distances[2].toPrecision(6))]);
  const many = Array.from({ length: 8000 }, () => true);
  const photos = many.map((_, p) => [`a/${p}`, "b/9000"] as const);
  const [drawn] = qualityFigure({ issame: many, distances: new Float64Array(8000), photos }, eyes).data as {
    x: number[];
  }[];
  assert.equal(drawn.x.length, 1500);
  assert.ok(drawn.x[749] > 3900 && drawn.x[749] < 4100);
});
