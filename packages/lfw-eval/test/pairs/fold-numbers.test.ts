import assert from "node:assert/strict";
import { test } from "node:test";
import { runsOfEachClass } from "../../src/mod.ts";
import { labels } from "../seeded.ts";

test("runsOfEachClass() gives every fold its share of both classes", () => {
  assert.deepEqual(runsOfEachClass([true, true, true, true, false, false], 2), [0, 0, 1, 1, 0, 1]);
  const folds = runsOfEachClass(labels(1, 35), 10);
  for (let fold = 0; fold < 10; fold++) {
    for (const part of [folds.slice(0, 35), folds.slice(35)]) {
      const count = part.filter((own) => own === fold).length;
      assert.ok(count === 3 || count === 4, `${count} in fold ${fold}`);
    }
  }
});
