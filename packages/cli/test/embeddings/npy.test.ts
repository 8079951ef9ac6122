import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeNpy } from "../../src/embeddings/npy.ts";

test("encodeNpy() writes a version 1.0 header padded to 64 bytes, then the values", () => {
  const bytes = Buffer.from(encodeNpy(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]));
  assert.equal(bytes.toString("latin1", 0, 8), "\x93NUMPY\x01\x00");
  const start = 10 + bytes.readUInt16LE(8);
  assert.equal(start % 64, 0);
  assert.equal(
    bytes.toString("latin1", 10, start).trim(),
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
  );
  assert.deepEqual([...new Float32Array(new Uint8Array(bytes.subarray(start)).buffer)], [1, 2, 3, 4, 5, 6]);
});
