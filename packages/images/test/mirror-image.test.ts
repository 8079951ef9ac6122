import assert from "node:assert/strict";
import { test } from "node:test";
import { mirrorImage } from "../src/mirror-image.ts";

test("mirrorImage() swaps columns and keeps each pixel's channels", () => {
  const data = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
  const mirrored = mirrorImage({ data, width: 2, height: 2 });
  assert.deepEqual([...mirrored.data], [4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9]);
  assert.deepEqual([...mirrorImage(mirrored).data], [...data]);
});
