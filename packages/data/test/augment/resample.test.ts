import assert from "node:assert/strict";
import { test } from "node:test";
import type { RgbImage } from "@amface/images";
import { RESAMPLE_KERNELS, type ResampleKernel, resample } from "../../src/augment/resample.ts";

const photo = (
  width: number,
  height: number,
  value: (x: number, y: number, c: number) => number,
): RgbImage => ({
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return value(pixel % width, Math.floor(pixel / width), i % 3);
  }),
  width,
  height,
});

const WAVES = photo(8, 6, (x, y) => (y * 37 + x * 53 + y * x * 11) & 255);

// torch 2.15.0: interpolate() in float64, antialias=True, align_corners=False; nearest-exact. Rounded.
const GOLDEN: [ResampleKernel, number, number, number[]][] = [
  ["bilinear", 4, 3, [70, 147, 108, 122, 132, 126, 115, 118, 147, 144, 129, 135]],
  ["bilinear", 3, 2, [105, 129, 116, 144, 128, 126]],
  ["bicubic", 4, 3, [56, 160, 103, 123, 137, 122, 113, 117, 148, 146, 128, 137]],
  ["bicubic", 3, 2, [102, 130, 111, 145, 128, 128]],
  ["nearest", 4, 3, [101, 229, 101, 229, 197, 113, 29, 201, 37, 253, 213, 173]],
  ["nearest", 3, 2, [101, 37, 165, 245, 24, 218]],
];
// OpenCV 5.0.0: resize() with INTER_AREA, of whole and fractional factors.
const AREA: [number, number, number[]][] = [
  [4, 3, [48, 165, 90, 143, 133, 102, 135, 104, 154, 167, 116, 129]],
  [
    ...([5, 4] as const),
    [34, 119, 168, 68, 132, 88, 174, 98, 129, 108, 157, 99, 138, 92, 152, 148, 134, 154, 153, 128],
  ],
  [3, 2, [93, 133, 109, 137, 136, 134]],
];
const ENLARGED: [ResampleKernel, number[]][] = [
  ["bilinear", [0, 26, 62, 97, 132, 168, 203, 110, 18, 53, 88, 115]],
  ["bicubic", [0, 19, 59, 93, 127, 168, 229, 114, 0, 43, 86, 111]],
  ["nearest", [0, 53, 53, 106, 159, 159, 212, 9, 9, 62, 115, 115]],
];

function near(got: RgbImage, expected: number[], y: number) {
  const from = y * got.width * 3;
  for (const [i, value] of expected.entries()) {
    const values = [...got.data.subarray(from + i * 3, from + i * 3 + 3)];
    assert.ok(
      values.every((v) => Math.abs(v - value) <= 1),
      `pixel ${i}: ${values}, expected ${value}`,
    );
  }
}

test("resample() gives PyTorch's values, smaller and larger", () => {
  for (const [kernel, width, height, expected] of GOLDEN) {
    assert.equal(expected.length, width * height);
    near(resample(WAVES, width, height, kernel), expected, 0);
  }
  for (const [kernel, expected] of ENLARGED) near(resample(WAVES, 12, 9, kernel), expected, 0);
});

test("resample() by area gives OpenCV's values, whose factors need not be whole", () => {
  for (const [width, height, expected] of AREA) {
    assert.equal(expected.length, width * height);
    near(resample(WAVES, width, height, "area"), expected, 0);
  }
});

test("resample() by area weighs every pixel by the area that it shares with the new one, smaller and larger", () => {
  const shared = (i: number, step: number, pixel: number) =>
    Math.max(0, Math.min((i + 1) * step, pixel + 1) - Math.max(i * step, pixel));
  for (const [width, height] of [
    [5, 4],
    [7, 5],
    [3, 6],
    [11, 4],
    [13, 17],
  ]) {
    const [across, down] = [8 / width, 6 / height];
    const { data } = resample(WAVES, width, height, "area");
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let sum = 0;
        for (let row = 0; row < 6; row++) {
          for (let column = 0; column < 8; column++) {
            sum += shared(x, across, column) * shared(y, down, row) * WAVES.data[(row * 8 + column) * 3];
          }
        }
        const got = data[(y * width + x) * 3];
        assert.ok(
          Math.abs(got - sum / (across * down)) <= 0.5 + 1e-9,
          `${width}x${height} at ${x}, ${y}: ${got}`,
        );
      }
    }
  }
});

test("resample() keeps a photo of the same size, and an even surface of any", () => {
  const even = photo(7, 5, (_x, _y, c) => 60 * c + 17);
  for (const kernel of RESAMPLE_KERNELS) {
    assert.deepEqual(resample(WAVES, 8, 6, kernel), WAVES);
    for (const [width, height] of [
      [1, 1],
      [3, 2],
      [20, 31],
    ]) {
      assert.deepEqual(
        resample(even, width, height, kernel),
        photo(width, height, (_x, _y, c) => 60 * c + 17),
      );
    }
  }
});
