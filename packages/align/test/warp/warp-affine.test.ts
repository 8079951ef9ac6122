import assert from "node:assert/strict";
import { test } from "node:test";
import { type Affine, warpAffine } from "@amface/align";
import golden from "../golden/opencv.json" with { type: "json" };
import { pattern } from "../pattern.ts";

test("warpAffine() gives OpenCV's pixels, black beyond the border", () => {
  const { from, to, matrix, grey } = golden.warped;
  const warped = warpAffine(pattern(from[0], from[1]), matrix as unknown as Affine, to[1], to[0]);
  assert.deepEqual([...warped.data], grey);
});

test("warpAffine() by a whole shift moves pixels unchanged", () => {
  const image = pattern(4, 3);
  const { data } = warpAffine(
    image,
    [
      [1, 0, 1],
      [0, 1, 2],
    ],
    3,
    4,
  );
  assert.deepEqual([...data.subarray(0, 27)], Array(27).fill(0));
  assert.deepEqual(data.subarray(27), image.data.subarray(0, 9));
});

test("warpAffine() refuses a matrix without inverse and a size of zero", () => {
  assert.throws(
    () =>
      warpAffine(
        pattern(4, 3),
        [
          [1, 2, 0],
          [2, 4, 0],
        ],
        2,
        2,
      ),
    /an inverse, got determinant 0/,
  );
  assert.throws(
    () =>
      warpAffine(
        pattern(4, 3),
        [
          [1, 0, 0],
          [0, 1, 0],
        ],
        0,
        2,
      ),
    RangeError,
  );
});
