import assert from "node:assert/strict";
import { test } from "node:test";
import "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";
import { normalizeByBatch } from "../src/layers/batch-norm.ts";
import { preluOp } from "../src/layers/prelu.ts";

/** Values and gradients of `f` on the backend named agree with those of `g` on `cpu`. */
async function same(
  backend: string,
  f: (...xs: tf.Tensor[]) => tf.Tensor,
  g: (...xs: tf.Tensor[]) => tf.Tensor,
  shapes: number[][],
) {
  const run = async (h: typeof f, name: string) => {
    await tf.setBackend(name);
    return tf.tidy(() => {
      const xs = shapes.map((shape, i) => tf.randomNormal(shape, 0.3, 1, "float32", i + 1));
      const weights = tf.randomNormal(shapes[0], 0, 1, "float32", 9);
      const grads = tf.grads((...args) => tf.sum(tf.mul(h(...args), weights)))(xs);
      return [h(...xs), ...grads].map((t) => t.arraySync());
    });
  };
  const ours = await run(f, backend);
  const theirs = await run(g, "cpu");
  const flat = (values: unknown) => (values as number[]).flat(5) as number[];
  ours.forEach((value, i) => {
    const expected = flat(theirs[i]);
    flat(value).forEach((x, j) => {
      assert.ok(Math.abs(x - expected[j]) < 1e-4, `result ${i}[${j}]: ${x}, stock ${expected[j]}`);
    });
  });
}

const state = (channels: number) => ({
  movingMean: tf.fill([channels], 0.5) as tf.Tensor1D,
  movingVariance: tf.fill([channels], 2) as tf.Tensor1D,
  momentum: 0.9,
  epsilon: 1e-3,
});

for (const backend of ["cpu", "onnx"]) {
  for (const shape of [
    [3, 4, 5, 6],
    [7, 6],
  ]) {
    const title = `normalizeByBatch() of rank ${shape.length} on ${backend}`;
    test(`${title} has the values and gradients of moments and batchNorm`, async () => {
      const axes = shape.slice(1).map((_, axis) => axis);
      const stock = (...[x, gamma, beta]: tf.Tensor[]) => {
        const { mean, variance } = tf.moments(x, axes);
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
        normalizeByBatch(x, { ...state(6), gamma: gamma as tf.Tensor1D, beta: beta as tf.Tensor1D }).output;
      await same(backend, ours, stock, [shape, [6], [6]]);
    });
  }

  test(`preluOp() on ${backend} has the values and gradients of tf.prelu, whatever axes share a slope`, async () => {
    const stock = (x: tf.Tensor, alpha: tf.Tensor) => tf.prelu(x, alpha);
    for (const alpha of [
      [1, 1, 6],
      [4, 1, 6],
      [4, 5, 6],
      [1, 1, 1],
    ])
      await same(backend, preluOp, stock, [[3, 4, 5, 6], alpha]);
  });

  test(`normalizeByBatch() on ${backend} moves the moving statistics by one part in ten`, async () => {
    await tf.setBackend(backend);
    tf.tidy(() => {
      const x = tf.tensor2d([
        [1, 2],
        [3, 6],
      ]);
      const { movingMean, movingVariance } = normalizeByBatch(x, {
        ...state(2),
        gamma: tf.ones([2]),
        beta: tf.zeros([2]),
      });
      const near = (tensor: tf.Tensor, expected: number[]) => {
        tensor.dataSync().forEach((value, i) => {
          assert.ok(Math.abs(value - expected[i]) < 1e-6, `${value}, expected ${expected[i]}`);
        });
        tensor.dispose();
      };
      near(movingMean, [0.65, 0.85]);
      near(movingVariance, [1.9, 2.2]);
    });
  });
}
