import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "@amface/data";
import { ClassLabels } from "../../src/shards/class-labels.ts";

test("ClassLabels finds the label of any class, the last one of a class that occurs twice", () => {
  const random = new Random("classes", 1);
  for (let round = 0; round < 200; round++) {
    const range = round % 2 ? 12 : 2 ** 31;
    const classes = Int32Array.from({ length: random.int(10) }, () => random.int(range));
    const labels = classes.map((_, i) => 10 * i);
    const expected = new Map(Array.from(classes, (value, i) => [value, labels[i]]));
    const found = new ClassLabels(classes, labels);
    for (const value of [-1, 2 ** 31 - 1, ...classes, ...Array(14).keys()]) {
      assert.equal(found.of(value), expected.get(value) ?? -1, `${value} of ${classes}`);
    }
  }
});

test("relabelled() gives new labels and keeps out what was left out", () => {
  const some = new ClassLabels(Int32Array.of(7, 3, 5), Int32Array.of(0, -1, 1));
  const fresh = some.relabelled(Int32Array.of(4, -1));
  assert.deepEqual(
    [3, 5, 7].map((value) => fresh.of(value)),
    [-1, -1, 4],
  );
});
