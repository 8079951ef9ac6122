import assert from "node:assert/strict";
import { test } from "node:test";
import { rangeOf } from "../../src/shares/shares.ts";

test("rangeOf() covers a list once, in order, in whole units but for the last", () => {
  for (const [total, count, unit] of [
    [49, 3, 8],
    [5, 8, 1],
    [64, 4, 16],
    [0, 3, 8],
  ]) {
    const ranges = Array.from({ length: count }, (_, index) => rangeOf(total, { index, count }, unit));
    assert.equal(ranges[0].from, 0);
    assert.equal(ranges[count - 1].to, total);
    for (const [i, { from, to }] of ranges.entries()) {
      assert.ok(from <= to);
      if (i > 0) assert.equal(from, ranges[i - 1].to);
      if (from < total) assert.equal(from % unit, 0);
    }
    const units = ranges.map(({ from, to }) => Math.ceil((to - from) / unit));
    assert.ok(Math.max(...units) - Math.min(...units) <= 1, `${units}`);
  }
});
