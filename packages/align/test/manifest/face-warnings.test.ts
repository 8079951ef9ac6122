import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { alignFace, FACE_TEMPLATE, type Landmarks } from "@amface/align";
import { readImage } from "@amface/images";
import sharp from "sharp";
import { sharedData } from "../../../../test/shared-data.ts";
import { faceWarnings } from "../../src/manifest/face-warnings.ts";
import { sharpness } from "../../src/manifest/sharpness.ts";
import { pattern } from "../pattern.ts";

const SIZE = { height: 112, width: 96 };
const sharpCrop = pattern(96, 112);

/** The template scaled and turned about the origin. */
function landmarks(scale: number, degrees: number): Landmarks {
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return FACE_TEMPLATE.map(([x, y]) => [
    scale * (c * x - s * y),
    scale * (s * x + c * y),
  ]) as unknown as Landmarks;
}

test("faceWarnings() calls a face tiny where its crop is the photo enlarged more than twice", () => {
  assert.deepEqual(faceWarnings(landmarks(0.51, 0), SIZE, sharpCrop), []);
  assert.deepEqual(faceWarnings(landmarks(0.49, 0), SIZE, sharpCrop), ["tiny"]);
  assert.deepEqual(faceWarnings(landmarks(0.51, 0), { height: 224, width: 192 }, sharpCrop), ["tiny"]);
});

test("faceWarnings() calls a face tilted beyond 45 degrees to either side, and upside down", () => {
  for (const [degrees, expected] of [
    [44, []],
    [-44, []],
    [47, ["tilted"]],
    [-47, ["tilted"]],
    [180, ["tilted"]],
  ] as const) {
    assert.deepEqual(faceWarnings(landmarks(1, degrees), SIZE, sharpCrop), expected, `${degrees}`);
  }
});

test("sharpness() is that of the face alone, and does not change with contrast or brightness", () => {
  assert.equal(sharpness({ ...sharpCrop, data: new Uint8Array(sharpCrop.data.length).fill(99) }), 0);
  const dark = { ...sharpCrop, data: sharpCrop.data.map((v) => 20 + v / 4) };
  assert.ok(Math.abs(sharpness(dark) / sharpness(sharpCrop) - 1) < 0.01);
  const bordered = { ...sharpCrop, data: sharpCrop.data.slice().fill(0, 0, 96 * 3 * 30) };
  assert.equal(sharpness(bordered), sharpness(sharpCrop));
  assert.deepEqual(faceWarnings(FACE_TEMPLATE, SIZE, { ...dark, data: dark.data.fill(50) }), ["blurred"]);
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
      if (faceWarnings(marks, SIZE, alignFace(image, marks)).includes("blurred")) blurred[i]++;
    });
  }
  assert.ok(blurred[0] <= 0.03 * names.length, `${blurred[0]} of ${names.length}`);
  assert.ok(blurred[1] >= 0.9 * names.length, `${blurred[1]} of ${names.length}`);
});
