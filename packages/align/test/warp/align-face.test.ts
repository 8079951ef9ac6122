import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  alignFace,
  centerCrop,
  FACE_TEMPLATE,
  faceTemplate,
  type NdArray,
  readNpy,
  similarityTransform,
} from "@amface/align";
import { readImage } from "@amface/images";
import { sharedData } from "../../../../test/shared-data.ts";
import { pattern } from "../pattern.ts";

test("faceTemplate() adds 8 to x for 112x112 and scales for other sizes", () => {
  assert.deepEqual(faceTemplate({ height: 112, width: 96 }), FACE_TEMPLATE);
  const square = faceTemplate({ height: 112, width: 112 });
  assert.deepEqual(
    square,
    FACE_TEMPLATE.map(([x, y]) => [x + 8, y]),
  );
  const double = faceTemplate({ height: 224, width: 192 });
  assert.deepEqual(
    double,
    FACE_TEMPLATE.map(([x, y]) => [2 * x, 2 * y]),
  );
  assert.throws(() => faceTemplate({ height: 112.5, width: 96 }), /whole pixels/);
});

test("alignFace() leaves a photo that lies on the template unchanged", () => {
  const photo = pattern(96, 112);
  assert.deepEqual(alignFace(photo, FACE_TEMPLATE), photo);
});

test("centerCrop() takes half of the largest centred rectangle", () => {
  const image = { data: new Uint8Array(200 * 224 * 3), width: 200, height: 224 };
  for (let y = 56; y < 168; y++) image.data.fill(200, (y * 200 + 52) * 3, (y * 200 + 148) * 3);
  const crop = centerCrop(image);
  assert.deepEqual([crop.width, crop.height], [96, 112]);
  assert.ok(crop.data.every((v) => v === 200));
});

const skip = sharedData("golden", "crops-112x96.npy") ? false : "needs ../shared/data";

test("alignFace() equals crops that scikit-image and OpenCV made", { skip }, async () => {
  const data = sharedData() as string;
  const { files, transforms } = JSON.parse(readFileSync(join(data, "golden", "crops-112x96.json"), "utf8"));
  const crops = readNpy(readFileSync(join(data, "golden", "crops-112x96.npy"))) as NdArray;
  const { faces } = JSON.parse(readFileSync(join(data, "lfw", "mtcnn-reference.json"), "utf8"));
  const size = 112 * 96 * 3;
  const counts = new Array(256).fill(0);
  for (let i = 0; i < files.length; i++) {
    const { landmarks } = faces[files[i]];
    similarityTransform(landmarks, FACE_TEMPLATE)
      .flat()
      .forEach((value, k) => {
        // The landmarks in the file are rounded to 3 digits.
        assert.ok(Math.abs(value - transforms[i].flat()[k]) < 1e-3, `${files[i]} transform ${k}`);
      });
    const crop = alignFace(await readImage(join(data, "lfw", "images", files[i])), landmarks);
    crop.data.forEach((value, k) => {
      counts[Math.abs(value - Number(crops.data[i * size + k]))]++;
    });
  }
  const total = files.length * size;
  const mean = counts.reduce((sum, count, difference) => sum + count * difference, 0) / total;
  const beyond4 = counts.slice(5).reduce((sum, count) => sum + count, 0) / total;
  assert.ok(mean < 0.01, `mean difference ${mean}`);
  assert.ok(beyond4 < 1e-3, `${beyond4} of the values differ by more than 4`);
});
