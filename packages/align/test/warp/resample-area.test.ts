import assert from "node:assert/strict";
import { test } from "node:test";
import type { RgbImage } from "@amface/images";
import { AreaResampler, type Window } from "../../src/warp/resample-area.ts";
import { resizeArea } from "../../src/warp/resize-area.ts";
import golden from "../golden/opencv.json" with { type: "json" };
import { pattern } from "../pattern.ts";

const whole = ({ width, height }: RgbImage): Window => ({ left: 0, top: 0, width, height });

/** Grey levels in float, interleaved again. */
function levels(image: RgbImage, window: Window, width: number, height: number): number[] {
  const plane = width * height;
  const planes = new Float32Array(3 * plane);
  new AreaResampler(image).resample(window, { width, height, round: false }, planes);
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
  const resampler = new AreaResampler(image);
  const size = { width: 4, height: 5, round: true };
  const all = new Float32Array(60);
  resampler.resample(whole(image), size, all);
  const piece = new Float32Array(24);
  resampler.resample(whole(image), { ...size, rows: [2, 4] }, piece);
  for (let c = 0; c < 3; c++) {
    assert.deepEqual(piece.subarray(c * 8, c * 8 + 8), all.subarray(c * 20 + 8, c * 20 + 16));
  }
});

test("AreaResampler keeps a flat photo flat at any scale", () => {
  for (const [from, to] of [
    [250, 150],
    [250, 13],
    [17, 17],
    [1000, 7],
    [20, 48],
  ]) {
    const image = { data: new Uint8Array(from * 9 * 3).fill(200), width: from, height: 9 };
    for (const level of levels(image, whole(image), to, 5))
      assert.ok(Math.abs(level - 200) < 1, `${from} to ${to}: ${level}`);
  }
});

test("AreaResamplers of two photos do not disturb each other", () => {
  const images = [pattern(9, 8), pattern(40, 30)];
  const resamplers = images.map((image) => new AreaResampler(image));
  const size = { width: 4, height: 4, round: false };
  for (const i of [0, 1, 0]) {
    const [alone, among] = [new Float32Array(48), new Float32Array(48)];
    resamplers[i].resample(whole(images[i]), size, among);
    new AreaResampler(images[i]).resample(whole(images[i]), size, alone);
    assert.deepEqual(among, alone);
  }
});
