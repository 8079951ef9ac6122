import assert from "node:assert/strict";
import { before, test } from "node:test";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs";
import { normalizeByBatch } from "../src/batch-norm.ts";
import { preluOp } from "../src/prelu.ts";

before(() => tf.setBackend("cpu"));

/** Values and gradients of two functions of the same arguments agree. */
function same(
  f: (...xs: tf.Tensor[]) => tf.Tensor,
  g: (...xs: tf.Tensor[]) => tf.Tensor,
  shapes: number[][],
) {
  const [ours, theirs] = [f, g].map((h) =>
    tf.tidy(() => {
      const xs = shapes.map((shape, i) => tf.randomNormal(shape, 0.3, 1, "float32", i + 1));
      const weights = tf.randomNormal(shapes[0], 0, 1, "float32", 9);
      const grads = tf.grads((...args) => tf.sum(tf.mul(h(...args), weights)))(xs);
      return [h(...xs), ...grads].map((t) => t.arraySync());
    }),
  );
  const flat = (values: unknown) => (values as number[]).flat(5) as number[];
  ours.forEach((value, i) => {
    const expected = flat(theirs[i]);
    flat(value).forEach((x, j) => {
      assert.ok(Math.abs(x - expected[j]) < 1e-4, `result ${i}[${j}]: ${x}, stock ${expected[j]}`);
    });
  });
}

for (const shape of [
  [3, 4, 5, 6],
  [7, 6],
]) {
  test(`normalizeByBatch() of rank ${shape.length} has the values and gradients of moments and batchNorm`, () => {
    const stock = (...[x, gamma, beta]: tf.Tensor[]) => {
      const { mean, variance } = tf.moments(
        x,
        shape.slice(1).map((_, axis) => axis),
      );
      return tf.batchNorm(
        x as tf.Tensor4D,
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        beta as tf.Tensor1D,
        gamma as tf.Tensor1D,
        1e-3,
      );
    };
    const ours = (...[x, gamma, beta]: tf.Tensor[]) =>
      normalizeByBatch(x, gamma as tf.Tensor1D, beta as tf.Tensor1D, 1e-3).output;
    same(ours, stock, [shape, [6], [6]]);
  });
}

test("preluOp() with a slope a channel has the values and gradients of tf.prelu", () => {
  same(preluOp, (x, alpha) => tf.prelu(x, alpha), [
    [3, 4, 5, 6],
    [1, 1, 6],
  ]);
});
