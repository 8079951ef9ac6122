import assert from "node:assert/strict";
import { test } from "node:test";
import type { RgbImage } from "@amface/images";
import { AreaResampler, type Window } from "../src/resample-area.ts";
import { areaTaps } from "../src/resample-taps.ts";
import { resizeArea } from "../src/resize-area.ts";
import golden from "./golden/opencv.json" with { type: "json" };
import { pattern } from "./pattern.ts";

const whole = ({ width, height }: RgbImage): Window => ({ left: 0, top: 0, width, height });

/** Grey levels in float, interleaved again. */
function levels(image: RgbImage, window: Window, width: number, height: number): number[] {
  const plane = width * height;
  const planes = new Float32Array(3 * plane);
  new AreaResampler(image, window, width, height, false).rows(0, height, planes);
  return Array.from(planes, (_, i) => planes[(i % 3) * plane + Math.floor(i / 3)] * 128 + 127.5);
}

test("AreaResampler gives OpenCV's INTER_AREA values, shrinking and stretching", () => {
  for (const { from, to, values } of golden.resized) {
    const image = pattern(from[0], from[1]);
    const got = levels(image, whole(image), to[0], to[1]);
    got.forEach((value, i) => {
      assert.ok(Math.abs(value - values[i]) < 1e-4, `${from} to ${to} at ${i}: ${value}, not ${values[i]}`);
    });
  }
});

test("resizeArea() rounds as OpenCV does for 8-bit photos", () => {
  const shrunk = golden.resized.filter(({ grey }) => grey !== null);
  assert.equal(shrunk.length, 4);
  for (const { from, to, grey } of shrunk) {
    const image = pattern(from[0], from[1]);
    assert.deepEqual([...resizeArea(image, whole(image), to[1], to[0]).data], grey);
  }
});

test("AreaResampler takes what lies outside the photo for black", () => {
  const image = pattern(6, 4);
  const window = { left: -3, top: -2, width: 10, height: 9 };
  const padded = { data: new Uint8Array(10 * 9 * 3), width: 10, height: 9 };
  for (let y = 0; y < 4; y++)
    padded.data.set(image.data.subarray(y * 18, (y + 1) * 18), ((y + 2) * 10 + 3) * 3);
  for (const [width, height] of [
    [4, 3],
    [3, 8],
    [24, 24],
  ]) {
    assert.deepEqual(levels(image, window, width, height), levels(padded, whole(padded), width, height));
  }
  const beside = levels(image, { left: 6, top: 0, width: 5, height: 4 }, 2, 2);
  assert.deepEqual(beside, Array(12).fill(0));
});

test("AreaResampler gives the same rows in pieces as at once", () => {
  const image = pattern(9, 8);
  const resampler = new AreaResampler(image, whole(image), 4, 5, true);
  const all = new Float32Array(60);
  resampler.rows(0, 5, all);
  const piece = new Float32Array(24);
  resampler.rows(2, 4, piece);
  for (let c = 0; c < 3; c++) {
    assert.deepEqual(piece.subarray(c * 8, c * 8 + 8), all.subarray(c * 20 + 8, c * 20 + 16));
  }
});

test("areaTaps() weights sum to 1 and sources rise by one", () => {
  for (const [from, to] of [
    [250, 150],
    [250, 13],
    [17, 17],
    [1000, 7],
  ]) {
    const { starts, sources, weights } = areaTaps(from, to);
    for (let t = 0; t < to; t++) {
      let sum = 0;
      for (let k = starts[t]; k < starts[t + 1]; k++) {
        sum += weights[k];
        if (k > starts[t]) assert.equal(sources[k], sources[k - 1] + 1);
      }
      assert.ok(Math.abs(sum - 1) < 5e-3, `${from} to ${to}: ${sum}`);
    }
  }
});
