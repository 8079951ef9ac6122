import assert from "node:assert/strict";
import { test } from "node:test";
import { splitIdentities } from "@amface/data";
import { listedFiles } from "../listed-files.ts";

test("splitIdentities() parts people, loses none, and follows the seed", async () => {
  const all = listedFiles(Array.from({ length: 20 }, (_, i) => (i % 3) + 1));
  const { train, heldOut } = splitIdentities(all, 5, 1);
  assert.equal(heldOut.identities.length, 5);
  assert.deepEqual([...train.identities, ...heldOut.identities].sort(), [...all.identities].sort());
  const [ours, theirs] = [await train.list(), await heldOut.list()];
  assert.deepEqual(
    [...ours, ...theirs].map(({ path }) => path).sort(),
    all.files.map(({ path }) => path).sort(),
  );
  for (const [part, photos] of [
    [train, ours],
    [heldOut, theirs],
  ] as const) {
    for (const { path, label } of photos) assert.ok(path.startsWith(`${part.identities[label]}/`));
  }
  assert.deepEqual(splitIdentities(all, 0.25, 1).heldOut.identities, heldOut.identities);
  assert.notDeepEqual(splitIdentities(all, 5, 2).heldOut.identities, heldOut.identities);
  for (const bad of [0, 20, 21, 2.5, -1, Number.NaN]) {
    assert.throws(() => splitIdentities(all, bad, 1), /expected 1 to 19 of 20/);
  }
});

test("splitIdentities() holds out only people of as many photos as asked", () => {
  const all = listedFiles([1, 1, 3, 1, 2, 1, 5]);
  const { train, heldOut } = splitIdentities(all, 3, 4, { minPhotos: 2 });
  assert.deepEqual(heldOut.identities, ["p2", "p4", "p6"]);
  assert.deepEqual(train.identities, ["p0", "p1", "p3", "p5"]);
  assert.throws(
    () => splitIdentities(all, 4, 4, { minPhotos: 2 }),
    /expected 4 or more of at least 2 photos, got 3 of 7/,
  );
});
