import assert from "node:assert/strict";
import { test } from "node:test";
import { isHeldOut, isHeldOutNegative, pictureOf } from "../../training/held-out.ts";

test("isHeldOut() keeps a tenth of the photos, by the name alone", () => {
  const names = Array.from({ length: 4000 }, (_, i) => `photo-${i}.jpg`);
  const share = names.filter(isHeldOut).length / names.length;
  assert.ok(share > 0.08 && share < 0.13, `${share}`);
  // printf %s NAME | sha256sum: b4, which is 180, and d1, 209.
  assert.equal(isHeldOut("1018_0_0.jpg"), true);
  assert.equal(isHeldOut("7768_0_0.jpg"), false);
  for (const name of names.slice(0, 100)) assert.equal(isHeldOut(`images/${name}`), isHeldOut(name));
});

test("isHeldOutNegative() keeps a quarter of the pictures, by the name alone", () => {
  const names = Array.from({ length: 4000 }, (_, i) => `street-${i}.jpg`);
  const share = names.filter(isHeldOutNegative).length / names.length;
  assert.ok(share > 0.22 && share < 0.28, `${share}`);
  // Of the same bytes 180 and 209.
  assert.equal(isHeldOutNegative("1018_0_0.jpg"), true);
  assert.equal(isHeldOutNegative("negatives/7768_0_0.jpg"), false);
});

test("pictureOf() is the same for photos around several faces of one picture, whatever their pose", () => {
  assert.equal(pictureOf("images/1016_3_0.jpg"), pictureOf("1016_0_0.jpg"));
  assert.equal(pictureOf("_-20_1291_0.jpg"), pictureOf("_40_1291_2.jpg"));
  assert.notEqual(pictureOf("_-20_1291_0.jpg"), pictureOf("1291_0_0.jpg"));
  assert.notEqual(pictureOf("1016_0_0.jpg"), pictureOf("101_6_0.jpg"));
});
