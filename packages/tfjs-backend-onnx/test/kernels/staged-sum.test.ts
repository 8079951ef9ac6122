import assert from "node:assert/strict";
import { before, test } from "node:test";
import "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";

before(() => tf.setBackend("onnx"));

/** Whether the first number of a tensor is `wanted`, to a relative error. */
function near(got: tf.Tensor, wanted: number, error: number, what: string): void {
  const [value] = got.dataSync();
  assert.ok(Math.abs(value - wanted) <= error * Math.abs(wanted), `${what}: ${value}, expected ${wanted}`);
}

test("sums and means of ten million like numbers are right to a millionth, whatever divides their count", () => {
  tf.tidy(() => {
    for (const count of [1e6, 1e7, 9_999_991, 2 ** 20 + 7]) {
      near(tf.sum(tf.fill([count], 0.1)), count * Math.fround(0.1), 1e-6, `sum of ${count}`);
      near(tf.mean(tf.fill([count], 10_001)), 10_001, 1e-6, `mean of ${count}`);
    }
    near(tf.sum(tf.fill([1000, 10_000], 0.1), 0), 1000 * Math.fround(0.1), 1e-6, "columns");
    near(tf.sum(tf.fill([1000, 10_000], 0.1), 1), 10_000 * Math.fround(0.1), 1e-6, "rows");
    const [kept] = [tf.sum(tf.fill([3, 5000, 7], 0.1), [1], true)];
    assert.deepEqual(kept.shape, [3, 1, 7]);
    near(kept, 5000 * Math.fround(0.1), 1e-6, "kept axes");
  });
});

test("the mean of images is right by channel as they come and in the layout of a convolution", () => {
  tf.tidy(() => {
    const images = tf.fill([64, 112, 96, 3], 130.7) as tf.Tensor4D;
    near(tf.mean(images, [0, 1, 2]), Math.fround(130.7), 1e-6, "as they come");
    const same = tf.conv2d(images, tf.eye(3).reshape([1, 1, 3, 3]) as tf.Tensor4D, 1, "same");
    near(tf.mean(same, [0, 1, 2]), Math.fround(130.7), 1e-6, "behind a convolution");
  });
});

test("BatchNormTraining has the mean of many like numbers in blocks, where a convolution left them", () => {
  tf.tidy(() => {
    const images = tf.fill([16, 112, 96, 16], 130.7) as tf.Tensor4D;
    const filter = tf.pad(tf.eye(16).reshape([1, 1, 16, 16]), [
      [1, 1],
      [1, 1],
      [0, 0],
      [0, 0],
    ]) as tf.Tensor4D;
    const convolve = (filter: tf.Tensor) => tf.conv2d(images, filter as tf.Tensor4D, 1, "same");
    // Only where there are gradients are images in blocks.
    const gradient = tf.grad((filter) => tf.mean(convolve(filter)))(filter);
    const [ones, zeros] = [tf.ones([16]), tf.zeros([16])];
    const inputs = {
      x: convolve(filter),
      scale: ones,
      offset: zeros,
      movingMean: zeros,
      movingVariance: ones,
    };
    const attrs = { epsilon: 1e-3, momentum: 0.9 };
    const [, mean] = tf.engine().runKernel("BatchNormTraining", inputs, attrs) as tf.Tensor[];
    near(mean, Math.fround(130.7), 1e-6, "mean");
    assert.ok(gradient.dataSync().every(Number.isFinite));
  });
});

test("tf.moments() has the variance of pixels that lie far from 0", () => {
  tf.tidy(() => {
    const pixels = Float32Array.from({ length: 16 * 112 * 96 * 3 }, (_, i) => 10_000 + ((i * 7919) % 256));
    const { variance } = tf.moments(tf.tensor4d(pixels, [16, 112, 96, 3]), [0, 1, 2]);
    near(variance, (256 ** 2 - 1) / 12, 1e-4, "variance");
  });
});

test("L2Loss of ten million weights is right to a millionth, and of a single number its half square", () => {
  tf.tidy(() => {
    const loss = (...weights: tf.Tensor[]) =>
      tf.engine().runKernel("L2Loss", weights as unknown as tf.NamedTensorMap) as tf.Tensor;
    near(loss(tf.fill([1e7], 0.3)), 0.5 * 1e7 * Math.fround(0.3) ** 2, 1e-6, "many");
    near(loss(tf.tensor1d([3]), tf.scalar(4)), 12.5, 0, "one");
  });
});

test("BatchNormTraining is right where a channel's mean is a thousand times its deviation", () => {
  tf.tidy(() => {
    for (const [mean, deviation] of [
      [0, 1],
      [100, 1],
      [100, 0.1],
      [-1000, 1],
    ]) {
      const noise = tf.randomNormal([16, 28, 24, 8], 0, 1, "float32", 3);
      const x = tf.add(tf.mul(noise, deviation), mean);
      const values = [...x.dataSync()].filter((_, i) => i % 8 === 0);
      const average = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / values.length;
      const [ones, zeros] = [tf.ones([8]), tf.zeros([8])];
      const inputs = { x, scale: ones, offset: zeros, movingMean: zeros, movingVariance: ones };
      const attrs = { epsilon: 1e-12, momentum: 0.9 };
      const [y, , got] = tf.engine().runKernel("BatchNormTraining", inputs, attrs) as tf.Tensor[];
      near(got, variance, 1e-4, `variance at ${mean} ± ${deviation}`);
      const wanted = (values[0] - average) / Math.sqrt(variance);
      assert.ok(Math.abs(y.dataSync()[0] - wanted) < 2e-3, `${y.dataSync()[0]}, expected ${wanted}`);
    }
  });
});
