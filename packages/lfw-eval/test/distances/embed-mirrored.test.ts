import assert from "node:assert/strict";
import { test } from "node:test";
import { withMirrored } from "../../src/mod.ts";

/** Two pixels, red 1 and 2; its mirror image has 2 and 1. */
const CROP = { data: Uint8Array.of(1, 0, 0, 2, 0, 0), width: 2, height: 1 };

test("withMirrored() joins the embeddings of mirrored crops behind (by default), or adds them", async () => {
  const red = (crops: readonly { data: Uint8Array }[]) => Float32Array.from(crops, ({ data }) => data[0]);
  const crops = [CROP, { ...CROP, data: Uint8Array.of(5, 0, 0, 9, 0, 0) }];
  assert.deepEqual([...(await withMirrored(red)(crops))], [1, 2, 5, 9]);
  assert.deepEqual([...(await withMirrored(red, "sum")(crops))], [3, 14]);
  assert.deepEqual([...(await withMirrored(red, "none")(crops))], [1, 5]);
});

test("withMirrored() refuses what is not one row a crop", async () => {
  const three = () => Float32Array.of(1, 2, 3);
  await assert.rejects(
    withMirrored(three)([CROP, CROP]) as Promise<unknown>,
    /for each of 2 crops, got 3 values/,
  );
});
