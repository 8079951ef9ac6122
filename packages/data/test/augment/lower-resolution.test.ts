import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "@amface/data";
import type { RgbImage } from "@amface/images";
import { lowerResolution } from "../../src/augment/lower-resolution.ts";
import { RESAMPLE_KERNELS, resample } from "../../src/augment/resample.ts";

const [width, height] = [96, 112];
const image: RgbImage = {
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 29 + (i >> 5) * 11) & 255),
  width,
  height,
};

test("lowerResolution() makes a photo smaller and larger again by one of each two kernels", () => {
  for (const kernel of RESAMPLE_KERNELS) {
    const expected = resample(resample(image, 48, 56, kernel), width, height, kernel);
    const options = { side: [0.5, 0.5], kernels: [kernel] } as const;
    assert.deepEqual(lowerResolution(image, options, new Random(1)), expected);
  }
});

test("lowerResolution() draws sides between the two, and both kernels by themselves", () => {
  const options = { side: [1 / 6, 1 / 2], kernels: ["nearest"] } as const;
  const columns = Array.from({ length: 60 }, (_, seed) => {
    const { data } = lowerResolution(image, options, new Random(seed));
    let changes = 1; // columns of equal pixels, in the first row
    for (let x = 1; x < width; x++) changes += data[x * 3] === data[x * 3 - 3] ? 0 : 1;
    return changes;
  });
  assert.ok(Math.min(...columns) >= 14 && Math.max(...columns) <= 48, `${columns}`);
  assert.ok(Math.min(...columns) < 22 && Math.max(...columns) > 40, `${columns}`);
  const kernels = ["nearest", "bilinear"] as const;
  const looks = Array.from({ length: 40 }, (_, seed) =>
    lowerResolution(image, { side: [0.25, 0.25], kernels }, new Random(seed)).data.join(),
  );
  assert.equal(new Set(looks).size, 4);
});
