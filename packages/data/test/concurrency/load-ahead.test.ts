import assert from "node:assert/strict";
import { test } from "node:test";
import { type Loading, loadAhead } from "../../src/concurrency/load-ahead.ts";

/** A piece of work whose two stages the test ends by hand. */
function byHand<T>(value: T): Loading<T> & { handOver: () => void; finish: () => void } {
  let handOver = () => {};
  let finish = () => {};
  const handedOver = new Promise<void>((resolve) => (handOver = resolve));
  const done = new Promise<T>((resolve) => (finish = () => resolve(value)));
  return { handedOver, value: done, handOver, finish };
}

const turns = () => new Promise((resolve) => setImmediate(resolve));

test("loadAhead() yields a value only once the next one needs the event loop no more", async () => {
  const work = [byHand("a"), byHand("b")];
  const values = loadAhead(0, 2, 1, (i) => work[i]);
  let first: unknown;
  const taking = values.next().then((result) => (first = result.value));
  work[0].handOver();
  work[0].finish();
  await turns();
  assert.equal(first, undefined);
  work[1].handOver();
  await taking;
  assert.equal(first, "a");
  work[1].finish();
  assert.equal((await values.next()).value, "b");
  assert.equal((await values.next()).done, true);
});

test("loadAhead() starts no more than `prefetch` pieces beyond the one that the consumer holds", async () => {
  let started = 0;
  let taken = 0;
  const load = async (i: number) => i;
  const values = loadAhead(3, 20, 2, (i) => {
    started++;
    return { handedOver: Promise.resolve(), value: load(i) };
  });
  for await (const value of values) {
    assert.equal(value, 3 + taken++);
    await turns();
    assert.equal(started, Math.min(17, taken + 2));
  }
  assert.equal(taken, 17);
});

test("loadAhead() throws a failure when its turn comes, and waits for the rest when left early", async () => {
  let finished = 0;
  const load = (i: number): Loading<number> => ({
    handedOver: Promise.resolve(),
    value: turns().then(() => {
      finished++;
      if (i === 1) throw new Error("second");
      return i;
    }),
  });
  const values = loadAhead(0, 9, 3, load);
  assert.equal((await values.next()).value, 0);
  await assert.rejects(values.next(), /second/);
  assert.equal(finished, 4);
  finished = 0;
  for await (const _ of loadAhead(2, 9, 3, load)) break;
  assert.equal(finished, 4);
});
