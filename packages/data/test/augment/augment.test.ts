import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type AugmentOptions, batches, fileSource, Random } from "@amface/data";
import { CropDecoder, mirrorImage, type RgbImage } from "@amface/images";
import { augment, checkAugment } from "../../src/augment/augment.ts";
import { blurTent } from "../../src/augment/blur-tent.ts";
import { adjustColours } from "../../src/augment/colours.ts";
import { shiftImage } from "../../src/augment/shift-image.ts";

let decoder: CropDecoder;
before(async () => {
  decoder = await CropDecoder.create();
});

const [WIDTH, HEIGHT] = [24, 20];
const image: RgbImage = {
  data: Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => (i * 29 + (i >> 5) * 11) & 255),
  width: WIDTH,
  height: HEIGHT,
};

const apply = (options: AugmentOptions, position = 0, flip = false) =>
  augment(image, { ...options, flip }, new Random("augment", 7, 0, position), decoder);

const EACH: AugmentOptions[] = [
  { maskProb: 0.5 },
  { cropJitter: 3 },
  { brightness: 0.4 },
  { contrast: 0.4 },
  { saturation: 0.4 },
  { grey: 0.5 },
  { blur: 2 },
  { lowResAugmentationProb: 0.5 },
  { jpegQuality: [20, 60] },
  { cutout: 0.5 },
];

test("augment() without options gives the photo itself, with flip its mirror image", async () => {
  assert.deepEqual(await apply({}), image);
  assert.deepEqual(await apply({}, 0, true), mirrorImage(image));
});

for (const options of EACH) {
  const [name] = Object.keys(options);
  test(`augment() with ${name} repeats itself, differs between positions and leaves the photo as it was`, async () => {
    const copy = image.data.slice();
    const results = await Promise.all(Array.from({ length: 12 }, (_, position) => apply(options, position)));
    assert.deepEqual(await Promise.all(results.map((_, position) => apply(options, position))), results);
    assert.deepEqual(image.data, copy);
    assert.ok(new Set(results.map(({ data }) => data.join())).size > 1);
    for (const { width, height, data } of results) {
      assert.deepEqual([width, height, data.length], [WIDTH, HEIGHT, image.data.length]);
    }
  });
}

test("augment() draws each kind by itself: another kind beside it changes no draw", async () => {
  const random = () => new Random("augment", 7, 0, 3);
  const shifted = await augment(image, { cropJitter: 3, flip: false }, random(), decoder);
  const both = await augment(image, { cropJitter: 3, brightness: 0.5, flip: false }, random(), decoder);
  const brightness = random().fork("brightness").uniform(0.5, 1.5);
  assert.deepEqual(both, adjustColours(shifted, { brightness, contrast: 1, saturation: 1 }));
});

test("a mask lies on the face: it moves and turns over with the photo", async () => {
  const random = () => new Random("augment", 7, 0, 3);
  const masked = await augment(image, { maskProb: 1, flip: false }, random(), decoder);
  const changed = await augment(image, { maskProb: 1, cropJitter: 3, flip: true }, random(), decoder);
  const shift = random().fork("crop jitter");
  const [right, down] = [0, 0].map(() => shift.int(7) - 3);
  assert.deepEqual(changed, mirrorImage(shiftImage(masked, right, down)));
});

test("masks and low resolution come as often as asked for", async () => {
  for (const name of ["maskProb", "lowResAugmentationProb"] as const) {
    const photos = await Promise.all(Array.from({ length: 400 }, (_, at) => apply({ [name]: 0.3 }, at)));
    const changed = photos.filter(({ data }) => data.some((value, i) => value !== image.data[i])).length;
    assert.ok(Math.abs(changed - 120) < 30, `${name}: ${changed} of 400`); // 3.3 standard deviations
  }
});

test("lowResSide and lowResKernels say how far and by what the resolution falls", async () => {
  const options = { lowResAugmentationProb: 1, lowResSide: [0.25, 0.25], lowResKernels: ["area"] } as const;
  const { data } = await apply(options);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const corner = (y - (y % 4)) * WIDTH + x - (x % 4);
      assert.equal(data[(y * WIDTH + x) * 3], data[corner * 3]); // squares of 4x4 pixels, each of one colour
    }
  }
});

test("shiftImage() moves the photo and repeats its edge", () => {
  const shifted = shiftImage(image, 2, -1);
  const at = ({ data }: RgbImage, x: number, y: number) => data[(y * WIDTH + x) * 3];
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      assert.equal(at(shifted, x, y), at(image, Math.max(0, x - 2), Math.min(HEIGHT - 1, y + 1)));
    }
  }
});

test("adjustColours() scales by brightness, about the mean by contrast, about grey by saturation", () => {
  const two: RgbImage = { data: Uint8Array.of(100, 100, 100, 50, 50, 50), width: 2, height: 1 };
  const factors = { brightness: 1, contrast: 1, saturation: 1 };
  assert.deepEqual(adjustColours(two, factors), two);
  assert.deepEqual(
    [...adjustColours(two, { ...factors, brightness: 2 }).data],
    [200, 200, 200, 100, 100, 100],
  );
  assert.deepEqual([...adjustColours(two, { ...factors, contrast: 2 }).data], [125, 125, 125, 25, 25, 25]);
  const red: RgbImage = { data: Uint8Array.of(200, 0, 0), width: 1, height: 1 };
  assert.deepEqual([...adjustColours(red, { ...factors, saturation: 0 }).data], [60, 60, 60]); // 0.299 · 200
  assert.deepEqual([...adjustColours(red, { ...factors, brightness: 3 }).data], [255, 0, 0]);
});

test("blurTent() spreads a point as its tent says, and keeps an even surface", () => {
  const data = new Uint8Array(5 * 5 * 3);
  data.fill(160, (2 * 5 + 2) * 3, (2 * 5 + 3) * 3);
  const blurred = blurTent({ data, width: 5, height: 5 }, 1);
  const red = Array.from({ length: 25 }, (_, i) => blurred.data[i * 3]);
  assert.deepEqual(red, [0, 0, 0, 0, 0, 0, 10, 20, 10, 0, 0, 20, 40, 20, 0, 0, 10, 20, 10, 0, 0, 0, 0, 0, 0]);
  const even: RgbImage = { data: new Uint8Array(75).fill(77), width: 5, height: 5 };
  assert.deepEqual(blurTent(even, 3), even);
});

test("cutout covers a square of its size with middle grey", async () => {
  const white: RgbImage = { data: new Uint8Array(30 * 30 * 3).fill(255), width: 30, height: 30 };
  for (let position = 0; position < 20; position++) {
    const { data } = await augment(
      white,
      { cutout: 0.4, flip: false },
      new Random("augment", 0, 0, position),
      decoder,
    );
    const covered = data.filter((value) => value === 128).length / 3;
    assert.ok(covered >= 36 && covered <= 144, `${covered}`); // a quarter of 12x12 where its middle is in a corner
    assert.ok(data.every((value) => value === 128 || value === 255));
  }
});

test("checkAugment() and batches() refuse options out of range", async () => {
  const cases: [AugmentOptions, RegExp][] = [
    [{ brightness: 1.5 }, /expected brightness to be from 0 to 1, got 1.5/],
    [{ cropJitter: 1.5 }, /cropJitter to be a whole number of pixels/],
    [{ blur: -1 }, /blur/],
    [{ jpegQuality: [90, 20] }, /1 <= lowest <= highest <= 100, got 90, 20/],
    [{ grey: Number.NaN }, /grey/],
    [{ maskProb: 2 }, /maskProb to be from 0 to 1, got 2/],
    [{ lowResAugmentationProb: -1 }, /lowResAugmentationProb/],
    [{ lowResSide: [0.5, 0.2] }, /lowResSide to be two shares, 0 < lowest <= highest <= 1, got 0.5, 0.2/],
    [{ lowResSide: [0, 0.2] }, /lowResSide/],
    [{ lowResKernels: [] }, /lowResKernels to be some of nearest, area, bilinear, bicubic, got none/],
    [{ lowResKernels: ["lanczos" as "area"] }, /got lanczos/],
  ];
  for (const [options, message] of cases) {
    assert.throws(() => checkAugment(options), message);
    const source = fileSource({ identities: ["a"], files: [{ path: "a", label: 0 }] });
    await assert.rejects(batches(source, { batchSize: 1, augment: options }).next(), message);
  }
});
