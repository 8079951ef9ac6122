import assert from "node:assert/strict";
import { test } from "node:test";
import "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";

const random = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, "float32", seed);

/** Largest difference over the largest value. */
function relativeError(a: Float32Array, b: Float32Array): number {
  let difference = 0;
  let largest = 1e-12;
  for (let i = 0; i < a.length; i++) {
    difference = Math.max(difference, Math.abs(a[i] - b[i]));
    largest = Math.max(largest, Math.abs(b[i]));
  }
  return difference / largest;
}

/** Values and gradients of `f` on both backends agree. */
async function agree(f: (...xs: tf.Tensor[]) => tf.Tensor, shapes: number[][], tolerance = 1e-5) {
  const results: Float32Array[][] = [];
  for (const backend of ["cpu", "onnx"]) {
    await tf.setBackend(backend);
    const before = tf.memory().numTensors;
    const read = tf.tidy(() => {
      const xs = shapes.map((shape, i) => random(shape, i + 1));
      const dy = random(f(...xs).shape, 99);
      const gradients = tf.grads((...args) => tf.sum(tf.mul(f(...args), dy)))(xs);
      return [f(...xs), ...gradients].map((t) => t.dataSync().slice() as Float32Array);
    });
    assert.equal(tf.memory().numTensors, before);
    results.push(read);
  }
  results[0].forEach((expected, i) => {
    assert.equal(results[1][i].length, expected.length);
    const error = relativeError(results[1][i], expected);
    assert.ok(error < tolerance, `result ${i}: relative error ${error}`);
  });
}

for (const stride of [1, 2]) {
  for (const pad of ["same", "valid"] as const) {
    for (const [height, width, channels] of [
      [14, 12, 20],
      [13, 9, 3],
      [28, 24, 20],
    ]) {
      test(`conv2d with stride ${stride} and ${pad} padding on ${height}×${width}×${channels} has the cpu backend's gradients`, () =>
        agree(
          (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad),
          [
            [2, height, width, channels],
            [3, 3, channels, 7],
          ],
        ));
    }
  }
}
test("a conv2d whose map is one pixel has the cpu backend's gradients", () =>
  agree(
    (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, "same"),
    [
      [2, 2, 2, 20],
      [3, 3, 20, 7],
    ],
  ));

test("a 1×1 conv2d of stride 2 has the cpu backend's gradients", () =>
  agree(
    (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, "same"),
    [
      [2, 9, 8, 17],
      [1, 1, 17, 4],
    ],
  ));
for (const [size, strides] of [
  [4, 2],
  [5, 3],
  [3, [1, 2]],
] as const) {
  test(`conv2d of ${size}×${size} with stride ${strides} has the cpu backend's gradients`, () =>
    agree(
      (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides as [number, number], "same"),
      [
        [2, 11, 10, 17],
        [size, size, 17, 6],
      ],
    ));
}

test("prelu behind a convolution has the cpu backend's gradients", () =>
  agree(
    (x, w, alpha) => tf.prelu(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same"), alpha),
    [
      [2, 5, 4, 3],
      [3, 3, 3, 4],
      [1, 1, 4],
    ],
  ));
test("batch normalization with the batch's own moments has the cpu backend's gradients", () =>
  agree(
    (x, w, scale, offset) => {
      const y = tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same");
      const { mean, variance } = tf.moments(y, [0, 1, 2]);
      return tf.batchNorm(
        y,
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        offset as tf.Tensor1D,
        scale as tf.Tensor1D,
        1e-3,
      );
    },
    [[2, 5, 4, 3], [3, 3, 3, 4], [4], [4]],
    1e-4,
  ));
test("flatten and matMul behind a convolution have the cpu backend's gradients", () =>
  agree(
    (x, w, d) =>
      tf.matMul(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, "same").reshape([2, -1]), d as tf.Tensor2D),
    [
      [2, 5, 4, 3],
      [3, 3, 3, 4],
      [24, 6],
    ],
  ));
test("a batched matMul with transposes has the cpu backend's gradients", () =>
  agree(
    (a, b) => tf.matMul(a as tf.Tensor3D, b as tf.Tensor3D, true, true),
    [
      [2, 5, 4],
      [2, 3, 5],
    ],
  ));
test("softmax cross-entropy with a one-hot margin has the cpu backend's gradients", () =>
  agree(
    (x) => tf.logSoftmax(tf.sub(x, tf.oneHot(tf.tensor1d([1, 0, 2], "int32"), 4).mul(0.35)) as tf.Tensor2D),
    [[3, 4]],
  ));
test("transpose, concat, slice, pad and stack have the cpu backend's gradients", () =>
  agree(
    (x, y) => {
      const joined = tf.concat([tf.transpose(x as tf.Tensor3D, [2, 0, 1]), y as tf.Tensor3D], 2);
      return tf.stack(
        [
          tf.slice(joined, [1, 0, 1], [2, 2, 3]),
          tf.pad(tf.slice(joined, [0, 0, 0], [1, 1, 3]), [
            [0, 1],
            [1, 0],
            [0, 0],
          ]),
        ],
        1,
      );
    },
    [
      [2, 3, 4],
      [4, 2, 2],
    ],
  ));
