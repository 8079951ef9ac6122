import assert from "node:assert/strict";
import { test } from "node:test";
import { type ConvAxis, type Matrix, winogradAxis, winogradSize } from "../../src/compile/winograd.ts";

const apply = (matrix: Matrix, x: readonly number[]) =>
  matrix.map((row) => row.reduce((sum, value, i) => sum + value * x[i], 0));

/** Numbers from -1 to 1 without a pattern. */
const numbers = (count: number, seed: number) =>
  Array.from({ length: count }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed));

function convolve(x: readonly number[], g: readonly number[], axis: ConvAxis): number[] {
  return Array.from({ length: axis.outSize }, (_, i) =>
    g.reduce((sum, value, k) => sum + value * (x[axis.stride * i + k - axis.padding] ?? 0), 0),
  );
}

for (const tile of [1, 2, 3, 4, 5, 6]) {
  test(`winogradAxis() with tiles of ${tile} is the convolution, for all strides, filters, paddings and rests`, () => {
    for (const stride of [1, 2, 3]) {
      for (const filterSize of [1, 2, 3]) {
        for (const padding of [0, 1]) {
          for (const inSize of [6, 7, 12, 13]) {
            const outSize = Math.floor((inSize + 2 * padding - filterSize) / stride) + 1;
            const axis = { inSize, outSize, filterSize, stride, padding };
            const { input, filter, output, tiles, points } = winogradAxis(axis, tile);
            assert.deepEqual({ tiles, points }, winogradSize(axis, tile));
            const [x, g] = [numbers(inSize, 1), numbers(filterSize, 2)];
            const transformed = apply(filter, g);
            const products = apply(input, x).map((value, i) => value * transformed[i % points]);
            const expected = convolve(x, g, axis);
            apply(output, products).forEach((value, i) => {
              assert.ok(Math.abs(value - expected[i]) < 1e-12, `${JSON.stringify(axis)} at ${i}`);
            });
          }
        }
      }
    }
  });
}

test("winogradAxis() takes fewer products than taps times outputs, and no more than tile + taps − 1 a tile", () => {
  const axis = { inSize: 24, outSize: 24, filterSize: 3, stride: 1, padding: 1 };
  for (const tile of [2, 3, 4, 6])
    assert.deepEqual(winogradSize(axis, tile), { tiles: 24 / tile, points: tile + 2 });
});
