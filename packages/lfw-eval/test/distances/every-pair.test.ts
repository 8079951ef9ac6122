import assert from "node:assert/strict";
import { test } from "node:test";
import { everyPair } from "../../src/mod.ts";

test("everyPair() compares each photo with each other once, and says who they show", () => {
  // Directions at 0°, 60°, 90° and 180°: squared distances 2 − 2·cos.
  const data = Float32Array.of(1, 0, 1, Math.sqrt(3), 0, 5, -2, 0);
  const { distances, issame, identities, folds } = everyPair({ data, size: 2 }, ["ann", "bob", "ann", "bob"]);
  const expected = [1, 2, 2 - Math.sqrt(3), 4, 3, 2];
  assert.ok(distances.every((distance, p) => Math.abs(distance - expected[p]) < 1e-6));
  assert.deepEqual(issame, [false, true, false, false, true, false]);
  assert.deepEqual(identities?.slice(0, 2), [
    ["ann", "bob"],
    ["ann", "ann"],
  ]);
  assert.equal(folds, undefined);
});

test("everyPair() refuses one person, people of one photo each, and more photos than can be resampled", () => {
  const of = (count: number) => ({ data: new Float32Array(count).fill(1), size: 1 });
  assert.throws(
    () => everyPair(of(3), ["a", "a", "a"]),
    /one of them by two photos or more, got 3 photos of 1 people/,
  );
  assert.throws(() => everyPair(of(2), ["a", "b"]), /got 2 photos of 2 people/);
  assert.throws(() => everyPair(of(3), ["a", "b"]), /expected 3 identities/);
  assert.throws(
    () => everyPair(of(2001), Array(2001).fill("a")),
    /at most 2000 photos, got 2001; list the pairs/,
  );
});
