import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { Random } from "@amface/data";
import { faceTemplate, type RgbImage } from "@amface/images";
import { drawMask } from "../../src/augment/draw-mask.ts";

/** Middle grey with a pattern, so that no mask has its pixels. */
function crop(width: number, height: number): RgbImage {
  return {
    data: Uint8Array.from({ length: width * height * 3 }, (_, i) => 96 + ((i * 29 + (i >> 5) * 11) & 63)),
    width,
    height,
  };
}

/** Whether each pixel was drawn upon. */
function covered(image: RgbImage, masked: RgbImage): boolean[] {
  return Array.from({ length: image.width * image.height }, (_, i) =>
    [0, 1, 2].some((c) => masked.data[i * 3 + c] !== image.data[i * 3 + c]),
  );
}

const draw = (image: RgbImage, seed: number) => drawMask(image, new Random("mask", seed));

for (const [width, height] of [
  [96, 112],
  [48, 56],
  [112, 112],
]) {
  test(`drawMask() covers the mouth, mostly the nose and never the eyes of a crop of ${height}x${width}`, () => {
    const image = crop(width, height);
    const copy = image.data.slice();
    const landmarks = faceTemplate(image);
    let noses = 0;
    for (let seed = 0; seed < 100; seed++) {
      const drawn = covered(image, draw(image, seed));
      const [left, right, nose, ...mouth] = landmarks.map(
        ([x, y]) => drawn[Math.round(y) * width + Math.round(x)],
      );
      assert.deepEqual([left, right, ...mouth], [false, false, true, true], `seed ${seed}`);
      if (nose) noses++;
      const share = drawn.filter(Boolean).length / drawn.length;
      assert.ok(share > 0.1 && share < 0.55, `seed ${seed}: ${share}`);
    }
    assert.ok(noses > 70 && noses < 100, `${noses}`);
    assert.deepEqual(image.data, copy);
  });
}

test("drawMask() varies colour, height and width with the seed alone", () => {
  const image = crop(96, 112);
  const looks = Array.from({ length: 40 }, (_, seed) => {
    const masked = draw(image, seed);
    assert.deepEqual(draw(image, seed), masked);
    const drawn = covered(image, masked);
    const chin = masked.data.subarray((100 * 96 + 48) * 3, (100 * 96 + 48) * 3 + 3);
    const middle = Array.from({ length: 112 }, (_, y) => drawn[y * 96 + 48]);
    const across = drawn.slice(90 * 96, 91 * 96).filter(Boolean).length;
    return { colour: chin.join(), top: middle.indexOf(true), across };
  });
  assert.ok(new Set(looks.map(({ colour }) => colour)).size > 30);
  const tops = looks.map(({ top }) => top);
  assert.ok(Math.max(...tops) - Math.min(...tops) >= 12, `${tops}`);
  const widths = looks.map(({ across }) => across);
  assert.ok(Math.max(...widths) - Math.min(...widths) >= 20, `${widths}`);
});

test("drawMask() draws a crop of twice the size as it draws the crop, with lines and dots twice as wide", () => {
  const grey = (width: number, height: number): RgbImage => ({
    ...{ data: new Uint8Array(width * height * 3).fill(128), width, height },
  });
  for (let seed = 0; seed < 60; seed++) {
    const [small, large] = [draw(grey(96, 112), seed), draw(grey(192, 224), seed)];
    // Means of 4×4 and 8×8 pixels, so that where an edge lies in its pixel hardly counts.
    let worst = 0;
    for (let y = 0; y < 28; y++)
      for (let x = 0; x < 24; x++)
        worst = Math.max(worst, Math.abs(meanAt(small, x, y, 4) - meanAt(large, x, y, 8)));
    assert.ok(worst < 12, `seed ${seed}: ${worst}`);
  }
});

/** The mean of a square of pixels, the x-th and y-th of its size. */
function meanAt({ data, width }: RgbImage, x: number, y: number, side: number): number {
  let sum = 0;
  for (let row = y * side; row < (y + 1) * side; row++)
    for (let i = (row * width + x * side) * 3; i < (row * width + (x + 1) * side) * 3; i++) sum += data[i];
  return sum / (side * side * 3);
}

test("drawMask() draws the same pixels on every runtime", () => {
  const hash = createHash("sha256");
  for (let seed = 0; seed < 20; seed++) hash.update(draw(crop(96, 112), seed).data);
  // Of this function itself: a change of the drawing changes what a seed trains on, and this line.
  assert.equal(hash.digest("hex"), "1fbfc6ef4f1ab2b3fa38d4d1aa18a0a112afc8cfabfd1002636847bc693d7b79");
});
