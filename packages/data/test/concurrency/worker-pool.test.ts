import assert from "node:assert/strict";
import { test } from "node:test";
import { WorkerPool } from "../../src/concurrency/worker-pool.ts";

const newPool = () => new WorkerPool<number, number>(new URL("./doubling-worker.ts", import.meta.url));

test("a pool answers each task with its own result, whichever thread does it", async () => {
  const pool = newPool();
  const results = await Promise.all(Array.from({ length: 20 }, (_, i) => pool.run(i + 20, 3)));
  assert.deepEqual(
    results,
    Array.from({ length: 20 }, (_, i) => 2 * (i + 20)),
  );
  await pool.close();
});

test("what a thread throws is thrown here, and the thread goes on", async () => {
  const pool = newPool();
  const [refused, other] = await Promise.allSettled([pool.run(13, 1), pool.run(4, 1)]);
  assert.equal(refused.status, "rejected");
  assert.ok(refused.status === "rejected" && refused.reason instanceof RangeError);
  assert.match(refused.reason.message, /13 is refused/);
  assert.deepEqual(other, { status: "fulfilled", value: 8 });
  await pool.close();
});

test("a thread that ends without a word fails all that waits for it, naming it, and is replaced", async () => {
  const pool = newPool();
  const waiting = await Promise.allSettled([pool.run(0, 1), pool.run(5, 1)]);
  for (const outcome of waiting) {
    assert.ok(outcome.status === "rejected");
    assert.match(outcome.reason.message, /thread doubling-worker\.ts .* ended with code 7/);
  }
  assert.equal(await pool.run(6, 1), 12);
  await pool.close();
});
