import assert from "node:assert/strict";
import { test } from "node:test";
import { inLanes } from "../../src/concurrency/in-lanes.ts";

test("inLanes() does everything once, with as many at a time as there are lanes", async () => {
  const done: number[] = [];
  let now = 0;
  let most = 0;
  await inLanes(10, 3, async (i) => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 1));
    now--;
    done.push(i);
  });
  assert.equal(most, 3);
  assert.deepEqual(
    done.sort((a, b) => a - b),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
});
