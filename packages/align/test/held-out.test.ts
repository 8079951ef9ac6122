import assert from "node:assert/strict";
import { test } from "node:test";
import { isHeldOut } from "../examples/train-detector/held-out.ts";

test("isHeldOut() keeps a tenth of the photos, by the name alone", () => {
  const names = Array.from({ length: 4000 }, (_, i) => `photo-${i}.jpg`);
  const share = names.filter(isHeldOut).length / names.length;
  assert.ok(share > 0.08 && share < 0.13, `${share}`);
  // printf %s NAME | sha256sum: b4, which is 180, and d1, 209.
  assert.equal(isHeldOut("1018_0_0.jpg"), true);
  assert.equal(isHeldOut("7768_0_0.jpg"), false);
  for (const name of names.slice(0, 100)) assert.equal(isHeldOut(`images/${name}`), isHeldOut(name));
});
