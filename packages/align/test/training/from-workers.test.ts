import assert from "node:assert/strict";
import { test } from "node:test";
import { fromWorkers } from "../../training/from-workers.ts";

const FILE = new URL("./squares-worker.ts", import.meta.url);
const take = async (endAt: number) => {
  const squares: number[] = [];
  for await (const square of fromWorkers<number>(FILE, { endAt }, { count: 9, threads: 2 }))
    squares.push(square);
  return squares;
};

test("fromWorkers() gives results in order", async () => {
  assert.deepEqual(await take(-1), [0, 1, 4, 9, 16, 25, 36, 49, 64]);
});

test("fromWorkers() says so when a thread ends without a word", { timeout: 20_000 }, async () => {
  await assert.rejects(take(5), /thread squares-worker\.ts .* ended with code 7/);
});
