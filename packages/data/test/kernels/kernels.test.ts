import assert from "node:assert/strict";
import { test } from "node:test";
import { mirrorImage } from "@amface/images";
import { Kernels } from "../../src/kernels/kernels.ts";

test("toFloat() gives (pixel - 127.5) / 128 for every value and length, from outside and from its own memory", () => {
  const kernels = new Kernels();
  for (const length of [1, 2, 15, 16, 17, 255, 256, 32256]) {
    const pixels = Uint8Array.from({ length }, (_, i) => (i * 37 + length) & 255);
    const expected = new Float32Array(length + 5).fill(9);
    for (let i = 0; i < length; i++) expected[i + 2] = (pixels[i] - 127.5) / 128;
    const outside = new Float32Array(length + 5).fill(9);
    kernels.toFloat(pixels, outside, 2);
    assert.deepEqual(outside, expected);
    const at = Kernels.START + 7;
    kernels.memory(Kernels.roomFor(at + length, length)).set(pixels, at);
    const inside = new Float32Array(length + 5).fill(9);
    kernels.toFloat(kernels.memory(0).subarray(at, at + length), inside, 2);
    assert.deepEqual(inside, expected);
  }
});

test("toFloat() mirrors as mirrorImage() does", () => {
  const kernels = new Kernels();
  for (const [width, height] of [
    [1, 1],
    [1, 5],
    [6, 1],
    [7, 4],
    [96, 112],
  ]) {
    const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 41 + 3) & 255);
    const expected = mirrorImage({ data, width, height }).data;
    const values = new Float32Array(data.length);
    kernels.toFloat(data, values, 0, width);
    assert.deepEqual(
      Array.from(values, (value) => value * 128 + 127.5),
      Array.from(expected),
    );
  }
});
