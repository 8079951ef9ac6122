import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-layers"; // registers the gradients of tfjs-core's ops
import { crossEntropy } from "../src/mod.ts";

before(() => tf.setBackend("cpu"));

test("crossEntropy() of equal logits is log N", () => {
  tf.tidy(() => {
    const loss = crossEntropy(tf.fill([3, 5], 7), tf.tensor1d([0, 4, 2], "int32"));
    assert.ok(Math.abs(loss.dataSync()[0] - Math.log(5)) < 1e-6);
  });
});

test("crossEntropy() has the gradient (softmax - onehot) / B", () => {
  tf.tidy(() => {
    const labels = tf.tensor1d([1, 0], "int32");
    const logits = tf.tensor2d([
      [Math.log(1), Math.log(3)],
      [0, 0],
    ]);
    const gradient = tf
      .grad((z: tf.Tensor) => crossEntropy(z as tf.Tensor2D, labels))(logits)
      .dataSync();
    [0.125, -0.125, -0.25, 0.25].forEach((expected, i) => {
      assert.ok(Math.abs(gradient[i] - expected) < 1e-6);
    });
  });
});

test("crossEntropy() is exact where the exponential of a logit overflows", () => {
  tf.tidy(() => {
    const labels = tf.tensor1d([0, 1], "int32");
    const loss = crossEntropy(
      tf.tensor2d([
        [1e4, 0],
        [1e4, 0],
      ]),
      labels,
    );
    assert.equal(loss.dataSync()[0], 5000);
  });
});

test("crossEntropy() refuses a label out of range", () => {
  for (const label of [-1, 3]) {
    tf.tidy(() => {
      assert.throws(() => crossEntropy(tf.zeros([2, 3]), tf.tensor1d([0, label], "int32")), {
        name: "RangeError",
        message: `Cannot score labels: expected each in 0..2, got ${label} in row 1`,
      });
    });
  }
});

test("crossEntropy() refuses an empty batch", () => {
  tf.tidy(() => {
    assert.throws(() => crossEntropy(tf.zeros([0, 3]), tf.tensor1d([], "int32")), RangeError);
  });
});

test("losses read a tensor of labels from its device once", (t) => {
  const reads = t.mock.method(tf.backend(), "readSync");
  tf.tidy(() => {
    const labels = tf.tensor1d([1, 0], "int32");
    for (let i = 0; i < 2; i++) crossEntropy(tf.fill([2, 3], 1), labels);
    const readLabels = reads.mock.calls.filter(({ arguments: [id] }) => id === labels.dataId);
    assert.equal(readLabels.length, 1);
    assert.throws(() => crossEntropy(tf.fill([2, 1], 1), labels), /expected each in 0\.\.0, got 1 in row 0/);
  });
});
