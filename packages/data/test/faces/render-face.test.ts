import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { faceLandmarks, type RenderedFace, renderFace } from "@amface/data";
import { cosDegrees, sinDegrees } from "../../src/numbers/turn.ts";

const hash = (data: Uint8Array) => createHash("sha256").update(data).digest("hex").slice(0, 16);

/** Standard deviation of the green channel over a square of 9 pixels around a point. */
function contrast({ image: { data, width } }: RenderedFace, [x, y]: readonly [number, number]): number {
  const values: number[] = [];
  for (let dy = -4; dy <= 4; dy++) {
    for (let dx = -4; dx <= 4; dx++) {
      values.push(data[((Math.floor(y) + dy) * width + Math.floor(x) + dx) * 3 + 1]);
    }
  }
  const mean = values.reduce((a, b) => a + b) / values.length;
  return Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
}

// A change of these pictures changes every set of generated faces: raise FACE_VERSION with it.
test("renderFace() draws the same bytes for the same numbers on every runtime", () => {
  assert.equal(hash(renderFace(0, 0).image.data), "070bed32c665999a");
  assert.equal(hash(renderFace(41, 7, { seed: 3, size: 96 }).image.data), "84b648db6f02731a");
});

test("renderFace() draws other people, photos and populations differently", () => {
  const hashes = [
    [0, 0, 0],
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ].map(([who, photo, seed]) => hash(renderFace(who, photo, { seed }).image.data));
  assert.equal(new Set(hashes).size, 4);
});

test("renderFace() puts the landmarks inside the box, in order, most of them inside the picture", () => {
  let outside = 0;
  for (let i = 0; i < 200; i++) {
    const { landmarks, box } = renderFace(i, 0, { size: 48 });
    const [left, right, nose, mouthLeft, mouthRight] = landmarks;
    for (const [x, y] of landmarks) {
      assert.ok(x > box[0] && x < box[2] && y > box[1] && y < box[3], `${i}: ${x}, ${y} in ${box}`);
      if (x < 0 || y < 0 || x >= 48 || y >= 48) outside++;
    }
    assert.ok(left[0] < right[0] && mouthLeft[0] < mouthRight[0], `${i}: left is left`);
    assert.ok(nose[1] > Math.min(left[1], right[1]), `${i}: the nose is below an eye`);
    assert.ok(mouthLeft[1] > left[1] && mouthRight[1] > right[1], `${i}: the mouth is below the eyes`);
  }
  assert.equal(outside, 0);
});

test("renderFace() draws eyes where the eye landmarks are: more contrast than in the cheeks below", () => {
  let more = 0;
  for (let i = 0; i < 100; i++) {
    const face = renderFace(i, 1);
    const [left, right, , mouthLeft, mouthRight] = face.landmarks;
    for (const [eye, mouth] of [
      [left, mouthLeft],
      [right, mouthRight],
    ]) {
      const cheek = [eye[0] * 0.6 + mouth[0] * 0.4, eye[1] * 0.6 + mouth[1] * 0.4] as const;
      if (contrast(face, eye) > contrast(face, cheek)) more++;
    }
  }
  assert.ok(more > 170, `${more} of 200`); // dark glasses and occluders hide some
});

test("faceLandmarks() gives renderFace()'s landmarks, and they scale with the picture", () => {
  const small = renderFace(12, 3, { size: 64, seed: 2 }).landmarks;
  assert.deepEqual(faceLandmarks(12, 3, { size: 64, seed: 2 }), small);
  const large = faceLandmarks(12, 3, { size: 256, seed: 2 });
  for (let i = 0; i < 5; i++) {
    assert.ok(Math.abs(large[i][0] - 4 * small[i][0]) < 1e-9);
    assert.ok(Math.abs(large[i][1] - 4 * small[i][1]) < 1e-9);
  }
});

test("renderFace() refuses sizes and numbers that make no picture", () => {
  for (const size of [0, 31, 1025, 64.5, Number.NaN]) {
    assert.throws(() => renderFace(0, 0, { size }), /expected a size of 32 to 1024 pixels/);
  }
  assert.throws(() => renderFace(0.5, 0), RangeError);
});

test("sinDegrees() and cosDegrees() agree with Math to 4e-6 on any turn", () => {
  for (let angle = -800; angle <= 800; angle += 3.7) {
    const radians = (angle * Math.PI) / 180;
    assert.ok(Math.abs(sinDegrees(angle) - Math.sin(radians)) < 4e-6, `sin ${angle}`);
    assert.ok(Math.abs(cosDegrees(angle) - Math.cos(radians)) < 4e-6, `cos ${angle}`);
  }
});
