import assert from "node:assert/strict";
import { test } from "node:test";
import { histogram } from "@amface/train";

test("histogram() counts every value once, the outermost buckets take those beyond the edges", () => {
  const { limits, counts, ...moments } = histogram([0, 1, 5, 10, 12, -3], { from: 0, to: 10, buckets: 2 });
  assert.deepEqual(limits, [5, 10]);
  assert.deepEqual(counts, [3, 3]);
  assert.deepEqual(moments, { min: -3, max: 12, num: 6, sum: 25, sumSquares: 279 });
});

test("histogram() leaves out empty buckets at both ends, not between, so that no bucket that TensorBoard draws runs backwards", () => {
  const { limits, counts, min, max } = histogram([65, 66, 88, 147], { from: 0, to: 180, buckets: 18 });
  assert.deepEqual(limits, [70, 80, 90, 100, 110, 120, 130, 140, 150]);
  assert.deepEqual(counts, [2, 0, 1, 0, 0, 0, 0, 0, 1]);
  assert.deepEqual([min, max], [65, 147]);
});

test("histogram() spans its values where no edges are given, and takes a single one", () => {
  const { limits, counts } = histogram([2, 4, 6], { buckets: 4 });
  assert.deepEqual(
    [limits, counts],
    [
      [3, 4, 5, 6],
      [1, 0, 1, 1],
    ],
  );
  assert.deepEqual([histogram([7, 7]).limits, histogram([7, 7]).counts], [[7], [2]]);
});

test("histogram() refuses no values, NaN and edges that fall", () => {
  assert.throws(() => histogram([]), /expected at least one value, got none/);
  assert.throws(() => histogram([1, Number.NaN]), /expected finite values, got NaN at 1/);
  assert.throws(() => histogram([1], { from: 2, to: 1 }), /expected edges that rise/);
});
