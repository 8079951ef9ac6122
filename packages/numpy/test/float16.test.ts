import assert from "node:assert/strict";
import { test } from "node:test";
import { halfToNumber, numberToHalf } from "../src/float16.ts";

/** `numpy.float32(x).astype(numpy.float16).view(numpy.uint16)` of NumPy 1.24.2; `.half()` of PyTorch 1.13 gives the same. */
const GOLDEN: readonly [number, number][] = [
  [1 / 3, 0x3555],
  [-0.1, 0xae66],
  [Math.PI, 0x4248],
  [65504, 0x7bff],
  [65519.99609375, 0x7bff],
  [2 ** -24, 0x0001],
  [2 ** -25, 0x0000],
  [2.980232594040899e-8, 0x0001],
  [6.1e-5, 0x03ff],
  [1e-7, 0x0002],
  [2049, 0x6800],
  [2051, 0x6802],
  [-0, 0x8000],
  [1e-30, 0x0000],
  [Number.POSITIVE_INFINITY, 0x7c00],
  [Number.NEGATIVE_INFINITY, 0xfc00],
];

test("numberToHalf() rounds as NumPy and PyTorch do", () => {
  for (const [value, bits] of GOLDEN) assert.equal(numberToHalf(value), bits, `${value}`);
  assert.ok(Number.isNaN(halfToNumber(numberToHalf(Number.NaN))));
});

test("numberToHalf() gives back the bits of every float16, and halfway to the next those of the even one", () => {
  for (let bits = 0; bits < 0x7c00; bits++) {
    const value = halfToNumber(bits);
    assert.equal(numberToHalf(value), bits);
    assert.equal(numberToHalf(-value), bits | 0x8000);
    const next = bits === 0x7bff ? 65536 : halfToNumber(bits + 1);
    const middle = (value + next) / 2;
    assert.equal(numberToHalf(middle), bits + (bits % 2));
    assert.equal(numberToHalf(middle * (1 - 2 ** -24)), bits);
    assert.equal(numberToHalf(middle * (1 + 2 ** -23)), bits + 1);
  }
});
