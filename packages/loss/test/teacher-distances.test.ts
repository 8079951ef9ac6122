import assert from "node:assert/strict";
import { test } from "node:test";
import "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";
import { cosineDistance, smoothL1 } from "../src/mod.ts";
import { largestDifference, type Matrix, seededMatrix } from "./reference.ts";

const unit = (row: readonly number[]) => row.map((value) => value / Math.hypot(...row));
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function referenceCosine(x: Matrix, targets: Matrix): number {
  return mean(
    x.map((row, b) => 1 - unit(row).reduce((sum, value, d) => sum + value * unit(targets[b])[d], 0)),
  );
}

function referenceSmooth(x: Matrix, targets: Matrix): number {
  const values = x.flatMap((row, b) =>
    unit(row).map((value, d) => {
      const apart = Math.abs(value - unit(targets[b])[d]) * Math.sqrt(row.length);
      return apart < 1 ? apart ** 2 / 2 : apart - 0.5;
    }),
  );
  return mean(values);
}

/** Central differences by every element of `x`. */
function differences(x: Matrix, f: (x: Matrix) => number, step = 1e-6): Matrix {
  const at = (i: number, j: number, by: number) =>
    f(x.map((row, r) => row.map((value, c) => (r === i && c === j ? value + by : value))));
  return x.map((row, i) => row.map((_, j) => (at(i, j, step) - at(i, j, -step)) / (2 * step)));
}

const X = seededMatrix(6, 5, 1);
const TARGETS = seededMatrix(6, 5, 2);

for (const backend of ["cpu", "onnx"]) {
  for (const [distance, reference] of [
    [cosineDistance, referenceCosine],
    [smoothL1, referenceSmooth],
  ] as const) {
    test(`${distance.name}() on ${backend} equals float64 and finite differences`, async () => {
      await tf.setBackend(backend);
      tf.tidy(() => {
        const f = (x: tf.Tensor) => distance(x as tf.Tensor2D, tf.tensor2d(TARGETS));
        const { value, grad } = tf.valueAndGrad(f)(tf.tensor2d(X));
        assert.ok(Math.abs(value.dataSync()[0] - reference(X, TARGETS)) < 1e-6);
        const expected = differences(X, (x) => reference(x, TARGETS));
        assert.ok(largestDifference(grad.arraySync() as Matrix, expected) < 1e-6);
      });
    });
  }
}

test("both distances of [3, 4] from [4, 3] are 1 − 24/25, and smooth L1 bends where a difference passes 1", async () => {
  await tf.setBackend("cpu");
  const of = (distance: typeof smoothL1, a: number[], b: number[]) =>
    tf.tidy(() => distance(tf.tensor2d([a]), tf.tensor2d([b])).dataSync()[0]);
  assert.ok(Math.abs(of(cosineDistance, [3, 4], [4, 3]) - 0.04) < 1e-6);
  assert.ok(Math.abs(of(smoothL1, [3, 4], [4, 3]) - 0.04) < 1e-6);
  // [1, 0] and [0, 1] at length √2 differ by √2 twice.
  assert.ok(Math.abs(of(smoothL1, [1, 0], [0, 1]) - (Math.SQRT2 - 0.5)) < 1e-6);
  assert.ok(Math.abs(of(cosineDistance, [1, 0], [0, 1]) - 1) < 1e-6);
});

test("distances refuse targets of another size, and leave no tensors behind", async () => {
  await tf.setBackend("cpu");
  const [a, b] = [tf.tensor2d(X), tf.tensor2d(seededMatrix(6, 4, 3))];
  const { numTensors } = tf.memory();
  for (const distance of [cosineDistance, smoothL1]) {
    assert.throws(() => distance(a, b), {
      name: "RangeError",
      message: /expected both \[B, D\], got \[6,5\] and \[6,4\]/,
    });
    distance(a, a).dispose();
  }
  assert.equal(tf.memory().numTensors, numTensors);
  tf.dispose([a, b]);
});
