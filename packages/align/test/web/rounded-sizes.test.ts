import assert from "node:assert/strict";
import { test } from "node:test";
import { fullerBatch, longerSide } from "../../src/web/rounded-sizes.ts";

test("sides are filled up to few lengths, by a quarter at most", () => {
  const sides = Array.from({ length: 2000 }, (_, i) => i + 32);
  for (const side of sides) assert.ok(longerSide(side) >= side && longerSide(side) <= 1.25 * side, `${side}`);
  assert.ok(new Set(sides.map(longerSide)).size < 30);
  assert.equal(longerSide(1), 8);
});

test("batches of 1 to 64 windows are filled up to one of ten sizes", () => {
  const sizes = new Set(Array.from({ length: 64 }, (_, i) => fullerBatch(i + 1)));
  assert.deepEqual([...sizes], [1, 2, 4, 8, 12, 16, 24, 32, 48, 64]);
  for (let count = 1; count <= 64; count++) assert.ok(fullerBatch(count) >= count);
});
