import assert from "node:assert/strict";
import { test } from "node:test";
import "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";
import { batchHardTripletLoss, centerLoss, nextCenters } from "../src/mod.ts";
import { largestDifference, type Matrix, seededMatrix } from "./reference.ts";

const squared = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0);

function referenceCenter(x: Matrix, labels: readonly number[], centers: Matrix): number {
  return x.reduce((sum, row, b) => sum + squared(row, centers[labels[b]]), 0) / (x.length * x[0].length);
}

function referenceTriplet(x: Matrix, labels: readonly number[], margin: number): number {
  const losses = x.flatMap((row, a) => {
    const distances = (same: boolean) =>
      x.flatMap((other, b) => (b !== a && (labels[a] === labels[b]) === same ? [squared(row, other)] : []));
    const [positive, negative] = [distances(true), distances(false)];
    if (positive.length === 0 || negative.length === 0) return [];
    return [Math.max(0, Math.max(...positive) - Math.min(...negative) + margin)];
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / Math.max(1, losses.length);
}

/** Central differences by every element of `x`. */
function differences(x: Matrix, f: (x: Matrix) => number, step = 1e-6): Matrix {
  const at = (i: number, j: number, by: number) =>
    f(x.map((row, r) => row.map((value, c) => (r === i && c === j ? value + by : value))));
  return x.map((row, i) => row.map((_, j) => (at(i, j, step) - at(i, j, -step)) / (2 * step)));
}

const X = seededMatrix(7, 4, 1);
const LABELS = [0, 2, 2, 0, 1, 2, 5];

for (const backend of ["cpu", "onnx"]) {
  test(`centerLoss() on ${backend} equals float64 and finite differences`, async () => {
    await tf.setBackend(backend);
    const centers = seededMatrix(6, 4, 2);
    tf.tidy(() => {
      const f = (x: tf.Tensor) =>
        centerLoss(x as tf.Tensor2D, tf.tensor1d(LABELS, "int32"), tf.tensor2d(centers));
      const { value, grad } = tf.valueAndGrad(f)(tf.tensor2d(X));
      assert.ok(Math.abs(value.dataSync()[0] - referenceCenter(X, LABELS, centers)) < 1e-6);
      const expected = differences(X, (x) => referenceCenter(x, LABELS, centers));
      assert.ok(largestDifference(grad.arraySync() as Matrix, expected) < 1e-6);
    });
  });

  test(`nextCenters() on ${backend} moves a centre by each of its embeddings`, async () => {
    await tf.setBackend(backend);
    const centers = seededMatrix(6, 4, 2);
    const expected = centers.map((center, n) =>
      center.map((value, d) =>
        LABELS.reduce((sum, label, b) => (label === n ? sum - 0.05 * (value - X[b][d]) : sum), value),
      ),
    );
    tf.tidy(() => {
      const next = nextCenters(tf.tensor2d(X), tf.tensor1d(LABELS, "int32"), tf.tensor2d(centers));
      assert.ok(largestDifference(next.arraySync(), expected) < 1e-6);
    });
  });

  test(`batchHardTripletLoss() on ${backend} equals float64 and finite differences`, async () => {
    await tf.setBackend(backend);
    for (const margin of [0.2, 2]) {
      tf.tidy(() => {
        const f = (x: tf.Tensor) =>
          batchHardTripletLoss(x as tf.Tensor2D, tf.tensor1d(LABELS, "int32"), margin);
        const { value, grad } = tf.valueAndGrad(f)(tf.tensor2d(X));
        assert.ok(Math.abs(value.dataSync()[0] - referenceTriplet(X, LABELS, margin)) < 1e-5);
        const expected = differences(X, (x) => referenceTriplet(x, LABELS, margin));
        assert.ok(largestDifference(grad.arraySync() as Matrix, expected) < 1e-5);
      });
    }
  });
}

test("batchHardTripletLoss() is 0, with a gradient of 0, where no row has both a positive and a negative", async () => {
  await tf.setBackend("cpu");
  for (const labels of [
    [1, 1, 1],
    [1, 2, 3],
  ]) {
    tf.tidy(() => {
      const f = (x: tf.Tensor) => batchHardTripletLoss(x as tf.Tensor2D, tf.tensor1d(labels, "int32"));
      const { value, grad } = tf.valueAndGrad(f)(tf.tensor2d(seededMatrix(3, 2, 1)));
      assert.ok(Math.abs(value.dataSync()[0]) === 0);
      assert.ok(grad.dataSync().every((slope) => slope === 0));
    });
  }
});

test("centerLoss() says what it expected", async () => {
  await tf.setBackend("cpu");
  tf.tidy(() => {
    const [x, centers] = [tf.ones([2, 3]) as tf.Tensor2D, tf.ones([4, 3]) as tf.Tensor2D];
    const labels = tf.tensor1d([0, 4], "int32");
    assert.throws(() => centerLoss(x, labels, centers), /expected each in 0..3, got 4 in row 1/);
    assert.throws(
      () => centerLoss(x, labels, tf.ones([4, 2])),
      /\[B, D\] and \[N, D\], got \[2,3\] and \[4,2\]/,
    );
    assert.throws(
      () => nextCenters(x, tf.tensor1d([0, 1], "int32"), centers, 1.5),
      /alfa in \[0, 1\], got 1.5/,
    );
  });
});
