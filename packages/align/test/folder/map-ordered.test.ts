import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { mapOrdered } from "../../src/folder/map-ordered.ts";

test("mapOrdered() keeps the order and never has more than its calls in flight", async () => {
  let running = 0;
  let most = 0;
  const body = async (item: number) => {
    most = Math.max(most, ++running);
    await setTimeout((item * 7) % 5);
    running--;
    return item * 2;
  };
  const results: number[] = [];
  for await (const result of mapOrdered(Array(20).keys(), body, 3)) results.push(result);
  assert.deepEqual(
    results,
    Array.from({ length: 20 }, (_, i) => i * 2),
  );
  assert.equal(most, 4);
});

test("mapOrdered() gives what came before a failure, then the failure", async () => {
  const body = async (item: number) => {
    if (item === 3) throw new Error("three");
    return item;
  };
  const results: number[] = [];
  await assert.rejects(async () => {
    for await (const result of mapOrdered([0, 1, 2, 3, 4, 5], body, 2)) results.push(result);
  }, /three/);
  assert.deepEqual(results, [0, 1, 2]);
});
