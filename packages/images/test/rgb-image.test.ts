import assert from "node:assert/strict";
import { test } from "node:test";
import { checkRgbImage } from "@amface/images";

test("checkRgbImage() takes bytes of any kind and refuses floats and lists, which would count as black", () => {
  const size = { width: 2, height: 1 };
  for (const data of [new Uint8Array(6), new Uint8ClampedArray(6), Buffer.alloc(6)]) {
    checkRgbImage({ data: data as Uint8Array, ...size }, "look");
  }
  for (const [data, kind] of [
    [new Float32Array(6).fill(0.5), "Float32Array"],
    [new Float64Array(6), "Float64Array"],
    [new Int8Array(6), "Int8Array"],
    [[0, 0, 0, 0, 0, 0], "Array"],
    [undefined, "Undefined"],
  ] as const) {
    assert.throws(() => checkRgbImage({ data: data as unknown as Uint8Array, ...size }, "look"), {
      name: "TypeError",
      message: `Cannot look: expected 8-bit pixels 0..255 in a Uint8Array, got ${kind}; scale floats in 0..1 by 255 and round them, as Uint8ClampedArray.from does`,
    });
  }
});

test("checkRgbImage() refuses sizes that are none or that the data does not fill", () => {
  const data = new Uint8Array(6);
  assert.throws(
    () => checkRgbImage({ data, width: 0, height: 1 }, "look"),
    /positive width and height, got 0x1/,
  );
  assert.throws(() => checkRgbImage({ data, width: 1, height: 1 }, "look"), /expected 3 bytes .* 1x1, got 6/);
});
