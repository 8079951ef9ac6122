import assert from "node:assert/strict";
import { test } from "node:test";
import { mirrorImage, mirrorRows } from "../src/mirror-image.ts";

test("mirrorImage() swaps columns and keeps each pixel's channels", () => {
  const data = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
  const mirrored = mirrorImage({ data, width: 2, height: 2 });
  assert.deepEqual([...mirrored.data], [4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9]);
  assert.deepEqual([...mirrorImage(mirrored).data], [...data]);
});

test("mirrorRows() mirrors floats too, and leaves what it is given", () => {
  const values = Float32Array.of(0.5, 1, 2, 3, 4, 5);
  assert.deepEqual(mirrorRows(values, 2), Float32Array.of(3, 4, 5, 0.5, 1, 2));
  const buffer = Buffer.of(1, 2, 3, 4, 5, 6); // whose slice() is no copy
  assert.deepEqual([...mirrorRows(buffer, 2)], [4, 5, 6, 1, 2, 3]);
  assert.deepEqual([values[0], buffer[0]], [0.5, 1]);
});
