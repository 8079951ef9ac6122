import assert from "node:assert/strict";
import { test } from "node:test";
import "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";

/** Integers below n in an order that `seed` decides. */
function numbers(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

const SHAPE: [number, number, number, number] = [2, 4, 3, 4];
const normal = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, "float32", seed);

/** Calls on images whose results are images again, or something that broadcasts with them. */
const CALLS: ((x: tf.Tensor4D, other: tf.Tensor) => tf.Tensor)[] = [
  (x) => tf.conv2d(x, tf.mul(normal([3, 3, 4, 4], 4), 0.3) as tf.Tensor4D, 1, "same"),
  (x, other) => tf.add(x, other),
  (x, other) => tf.mul(other, tf.tanh(x)),
  (x) => tf.mean(x, [0, 1, 2]),
  (x) => tf.sum(x, [1, 2], true),
  (x) => tf.reshape(tf.transpose(x, [0, 2, 1, 3]), SHAPE),
  (x) => tf.concat([tf.slice(x, [1, 0, 0, 0], [1, 4, 3, 4]), tf.slice(x, [0, 0, 0, 0], [1, 4, 3, 4])]),
  (x) => tf.atan2(x, 1.5), // without an ONNX form
  (x) => tf.cumsum(tf.mul(x, 0.5), 1),
  (x) => tf.maxPool(x, 3, 1, "same"),
  (x) => tf.depthwiseConv2d(x, tf.mul(normal([3, 3, 4, 1], 5), 0.3) as tf.Tensor4D, 1, "same"),
  (x) => tf.reverse(x, [1, 3]),
  (x) => tf.stack(tf.unstack(x, 1).reverse(), 1),
  (x) => {
    const [first, second] = tf.split(x, [1, 3], 3);
    return tf.concat([second, first], 3);
  },
  (x) => tf.tile(tf.stridedSlice(x, [0, 3, 0, 0], [2, 0, 3, 4], [1, -2, 1, 1]), [1, 2, 1, 1]),
  (x) => tf.image.resizeBilinear(tf.slice(x, [0, 0, 0, 0], [2, 2, 3, 4]), [4, 3]),
  (x) => {
    const shared = tf.reshape(x, [-1, 4]);
    const y = tf.reshape(tf.relu(shared), SHAPE);
    shared.dispose();
    return y;
  },
  () => tf.fill(SHAPE, 0.5),
];

/** Runs random calls, and reads tensors in between where `reads` says so; gives all values in the end. */
function program(seed: number, reads: boolean): number[] {
  const random = numbers(seed);
  return tf.tidy(() => {
    const pool = [normal(SHAPE, 1), normal([4], 2), normal(SHAPE, 3), tf.scalar(0.7), tf.ones(SHAPE)];
    const any = (tensors: tf.Tensor[]) => tensors[random(tensors.length)];
    for (let i = 0; i < 25; i++) {
      const images = pool.filter((tensor) => String(tensor.shape) === String(SHAPE));
      pool.push(CALLS[random(CALLS.length)](any(images) as tf.Tensor4D, any(pool)));
      const read = any(pool);
      if (random(4) === 0 && reads) read.dataSync();
    }
    return pool.flatMap((tensor) => [...tensor.dataSync()]);
  });
}

test("random programs give the cpu backend's values, wherever they are read in between", async () => {
  for (let seed = 1; seed <= 60; seed++) {
    await tf.setBackend("cpu");
    const expected = program(seed, false);
    await tf.setBackend("onnx");
    for (const reads of [false, true]) {
      const got = program(seed, reads);
      assert.equal(got.length, expected.length);
      const wrong = expected.findIndex(
        (value, i) => !(Math.abs(got[i] - value) <= 1e-4 * (1 + Math.abs(value))),
      );
      assert.equal(wrong, -1, `seed ${seed}, value ${wrong}: expected ${expected[wrong]}, got ${got[wrong]}`);
    }
  }
});
