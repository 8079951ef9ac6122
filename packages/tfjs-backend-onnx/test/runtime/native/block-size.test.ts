import assert from "node:assert/strict";
import { test } from "node:test";
import { blockSize } from "../../../src/runtime/native/block-size.ts";

test("a block has 8 or 16 channels on processors that convolve blocks, and none on others", () => {
  const size = blockSize();
  assert.ok([0, 8, 16].includes(size), `${size}`);
  if (process.arch === "x64") assert.ok(size > 0);
});
