import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { FACE_TEMPLATE, type Face, faceWarnings, type Landmarks } from "@amface/align";
import { readImage } from "@amface/images";
import sharp from "sharp";
import { sharedData } from "../../../../test/shared-data.ts";
import { sharpness } from "../../src/detect/sharpness.ts";
import { pattern } from "../pattern.ts";

const sharpCrop = pattern(96, 112);

/** The template scaled and turned about the origin. */
function landmarks(scale: number, degrees: number): Landmarks {
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return FACE_TEMPLATE.map(([x, y]) => [
    scale * (c * x - s * y),
    scale * (s * x + c * y),
  ]) as unknown as Landmarks;
}

const photo = pattern(200, 200);
const faceAt = (marks: Landmarks): Face => ({ box: [20, 20, 90, 110], score: 0.99, landmarks: marks });

test("faceWarnings() calls a face tiny where its crop is the photo enlarged more than twice", () => {
  assert.deepEqual(faceWarnings(faceAt(landmarks(0.51, 0)), photo, { crop: sharpCrop }), []);
  assert.deepEqual(faceWarnings(faceAt(landmarks(0.49, 0)), photo, { crop: sharpCrop }), ["tiny"]);
  const size = { height: 224, width: 192 };
  assert.deepEqual(faceWarnings(faceAt(landmarks(0.51, 0)), photo, { size, crop: sharpCrop }), ["tiny"]);
});

test("faceWarnings() calls a face tilted beyond 45 degrees to either side, and upside down", () => {
  for (const [degrees, expected] of [
    [44, []],
    [-44, []],
    [47, ["tilted"]],
    [-47, ["tilted"]],
    [180, ["tilted"]],
  ] as const) {
    const face = faceAt(landmarks(1, degrees));
    assert.deepEqual(faceWarnings(face, photo, { crop: sharpCrop }), expected, `${degrees}`);
  }
});

test("faceWarnings() calls a face weak under a score of 0.9", () => {
  const face = faceAt(FACE_TEMPLATE);
  assert.deepEqual(faceWarnings({ ...face, score: 0.9 }, photo, { crop: sharpCrop }), []);
  assert.deepEqual(faceWarnings({ ...face, score: 0.89 }, photo, { crop: sharpCrop }), ["weak"]);
});

test("faceWarnings() calls a face cut where over a tenth of its box lies beyond an edge, or all of it", () => {
  for (const [box, expected] of [
    [[-9, 20, 91, 120], []],
    [[-11, 20, 89, 120], ["cut"]],
    [[20, 111, 120, 211], ["cut"]],
    [[-6, -6, 94, 94], ["cut"]], // 1 - 0.94²
    [[300, 20, 400, 120], ["cut"]],
  ] as const) {
    assert.deepEqual(
      faceWarnings({ ...faceAt(FACE_TEMPLATE), box }, photo, { crop: sharpCrop }),
      expected,
      `${box}`,
    );
  }
});

test("faceWarnings() tells of several faces where another has a quarter of the chosen one's weight", () => {
  const square = (x: number, y: number, side: number): Face => ({
    ...faceAt(FACE_TEMPLATE),
    box: [x - side / 2, y - side / 2, x + side / 2, y + side / 2],
  });
  const chosen = square(100, 100, 100);
  const told = (...others: Face[]) =>
    faceWarnings(chosen, photo, { among: [chosen, ...others], crop: sharpCrop });
  assert.deepEqual(told(), []);
  assert.deepEqual(told(square(100, 100, 49)), []);
  assert.deepEqual(told(square(100, 100, 49), square(100, 100, 51)), ["several"]);
  assert.deepEqual(told(square(30, 100, 80)), []); // 6400 / (1 + (70 / 50)²) = 2162
  assert.deepEqual(faceWarnings(chosen, photo, { crop: sharpCrop }), []);
});

test("sharpness() is that of the face alone, and does not change with contrast or brightness", () => {
  assert.equal(sharpness({ ...sharpCrop, data: new Uint8Array(sharpCrop.data.length).fill(99) }), 0);
  const dark = { ...sharpCrop, data: sharpCrop.data.map((v) => 20 + v / 4) };
  assert.ok(Math.abs(sharpness(dark) / sharpness(sharpCrop) - 1) < 0.01);
  const bordered = { ...sharpCrop, data: sharpCrop.data.slice().fill(0, 0, 96 * 3 * 30) };
  assert.equal(sharpness(bordered), sharpness(sharpCrop));
  const plain = { ...dark, data: dark.data.fill(50) };
  assert.deepEqual(faceWarnings(faceAt(FACE_TEMPLATE), photo, { crop: plain }), ["blurred"]);
});

const skip = sharedData("lfw", "mtcnn-reference.json") ? false : "needs ../shared/data";

test("faceWarnings() finds real photos sharp, and nearly all of them blurred after a blur of 3 pixels", {
  skip,
}, async () => {
  const data = sharedData("lfw") as string;
  const { faces } = JSON.parse(readFileSync(`${data}/mtcnn-reference.json`, "utf8"));
  const names = Object.keys(faces).filter((_, i) => i % 60 === 0);
  const blurred = [0, 0];
  for (const name of names) {
    const photo = await readImage(`${data}/images/${name}`);
    const { width, height } = photo;
    const soft = await sharp(photo.data, { raw: { width, height, channels: 3 } })
      .blur(3)
      .raw()
      .toBuffer();
    [photo, { ...photo, data: new Uint8Array(soft) }].forEach((image, i) => {
      const marks: Landmarks = faces[name].landmarks;
      if (faceWarnings({ ...faces[name], landmarks: marks }, image).includes("blurred")) blurred[i]++;
    });
  }
  assert.ok(blurred[0] <= 0.03 * names.length, `${blurred[0]} of ${names.length}`);
  assert.ok(blurred[1] >= 0.9 * names.length, `${blurred[1]} of ${names.length}`);
});
