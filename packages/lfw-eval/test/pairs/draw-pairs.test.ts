import assert from "node:assert/strict";
import { test } from "node:test";
import { drawPairs } from "@amface/lfw-eval";

/** Whose each photo is, for people of so many photos each. */
const photosOf = (counts: readonly number[]) =>
  counts.flatMap((count, person) => new Array<string>(count).fill(`person${person}`));

test("drawPairs() draws as many same as different pairs a fold, none twice, and no person is in two folds", () => {
  const identities = photosOf(Array.from({ length: 45 }, (_, person) => 1 + (person % 7)));
  const pairs = drawPairs(identities, { pairs: 200, seed: 3 });
  assert.equal(pairs.length, 200);
  const foldOf = new Map<string, number>();
  for (const { a, b, same, fold } of pairs) {
    assert.ok(a < b);
    assert.equal(identities[a] === identities[b], same);
    for (const photo of [a, b]) {
      assert.equal(foldOf.get(identities[photo]) ?? fold, fold);
      foldOf.set(identities[photo], fold);
    }
  }
  assert.equal(new Set(pairs.map(({ a, b }) => `${a} ${b}`)).size, 200);
  for (let fold = 0; fold < 10; fold++) {
    const own = pairs.filter((pair) => pair.fold === fold);
    assert.deepEqual([own.length, own.filter(({ same }) => same).length], [20, 10]);
  }
});

test("drawPairs() follows its seed", () => {
  const identities = photosOf(new Array(12).fill(6));
  const drawn = (seed: number) => drawPairs(identities, { pairs: 60, folds: 3, seed });
  assert.deepEqual(drawn(1), drawn(1));
  assert.notDeepEqual(drawn(1), drawn(2));
});

test("drawPairs() takes all that there are where people are few, in fewer folds", () => {
  const pairs = drawPairs(photosOf([2, 2, 3, 2, 2]), { seed: 1 });
  assert.equal(Math.max(...pairs.map(({ fold }) => fold)), 1);
  // One person has three same pairs, the others one each; each fold has more different ones.
  assert.equal(pairs.filter(({ same }) => same).length, 7);
  assert.equal(pairs.length, 14);
});

test("drawPairs() gives people with many photos no more same pairs than others", () => {
  const identities = photosOf([60, ...new Array(9).fill(6)]);
  const pairs = drawPairs(identities, { pairs: 120, folds: 2, seed: 5 });
  const ofFirst = pairs.filter(({ a, same }) => same && identities[a] === "person0").length;
  assert.ok(ofFirst >= 2 && ofFirst <= 16, `${ofFirst} of 60 same pairs, of one of ten people`);
});

test("drawPairs() refuses fewer than four people of two photos, and no folds", () => {
  assert.throws(
    () => drawPairs(photosOf([2, 2, 2, 1, 1])),
    /expected 4 people or more with 2 photos or more, got 3/,
  );
  assert.throws(() => drawPairs(photosOf([2, 2, 2, 2]), { folds: 1 }), /expected 2 folds or more/);
});
