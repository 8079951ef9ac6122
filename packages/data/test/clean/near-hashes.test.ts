import assert from "node:assert/strict";
import { test } from "node:test";
import { hashDistance, type PerceptualHash, Random } from "@amface/data";
import { nearHashes } from "../../src/clean/near-hashes.ts";

/** Random hashes, and for each a few others with some of its bits turned over. */
function hashes(count: number, copies: number, mostBits: number): PerceptualHash[] {
  const random = new Random("hashes", count, mostBits);
  const all = new Map<string, PerceptualHash>();
  const add = (hash: PerceptualHash) => all.set(hash.join(), hash);
  for (let i = 0; i < count; i++) {
    const hash: PerceptualHash = [random.uint32(), random.uint32()];
    add(hash);
    for (let copy = 0; copy < copies; copy++) {
      const turned: [number, number] = [...hash];
      for (let bits = random.int(mostBits + 1); bits > 0; bits--) {
        const bit = random.int(64);
        turned[bit >> 5] = (turned[bit >> 5] ^ (1 << (bit & 31))) >>> 0;
      }
      add(turned);
    }
  }
  return [...all.values()];
}

test("hashDistance() counts the bits that differ", () => {
  assert.equal(hashDistance([0, 0], [0, 0]), 0);
  assert.equal(hashDistance([0xffffffff, 1], [0, 0]), 33);
  assert.equal(hashDistance([0xffffffff, 0xffffffff], [0, 0]), 64);
  assert.equal(hashDistance([0x80000000, 0x80000001], [0, 1]), 2);
});

for (const maxDistance of [0, 1, 3, 4, 7, 12, 31]) {
  test(`nearHashes() finds what comparing every pair finds, each pair once, at distance ${maxDistance}`, () => {
    const all = hashes(120, 3, maxDistance + 2);
    const expected: string[] = [];
    all.forEach((a, i) => {
      for (let j = 0; j < i; j++) {
        const distance = hashDistance(a, all[j]);
        if (distance <= maxDistance) expected.push(`${j} ${i} ${distance}`);
      }
    });
    const found = [...nearHashes(all, maxDistance)].map(({ a, b, distance }) => `${a} ${b} ${distance}`);
    assert.deepEqual(found.sort(), expected.sort());
    assert.ok(maxDistance === 0 || found.length > 50, `${found.length} pairs`);
  });
}

test("nearHashes() refuses distances that no 64 bits have a use for", () => {
  for (const distance of [-1, 32, 0.5]) assert.throws(() => [...nearHashes([], distance)], /0 to 31 bits/);
});
