import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-layers"; // registers the gradients of tfjs-core's ops
import { cosineLogits, l2Normalize, l2Penalty } from "../src/mod.ts";
import { largestDifference } from "./reference.ts";

before(() => tf.setBackend("cpu"));

test("l2Normalize() scales rows or columns to length 1", () => {
  tf.tidy(() => {
    const x = tf.tensor2d([
      [3, 4],
      [0, 5],
    ]);
    assert.ok(
      largestDifference(l2Normalize(x, 1).arraySync(), [
        [0.6, 0.8],
        [0, 1],
      ]) < 1e-7,
    );
    const columns = l2Normalize(x, 0).arraySync();
    assert.ok(
      largestDifference(columns, [
        [1, 4 / Math.sqrt(41)],
        [0, 5 / Math.sqrt(41)],
      ]) < 1e-7,
    );
    assert.throws(() => l2Normalize(x, 2), RangeError);
    assert.throws(() => l2Normalize(tf.ones([2], "int32")), TypeError);
  });
});

test("l2Normalize() of the zero vector is zero with a finite gradient", () => {
  tf.tidy(() => {
    const zero = tf.zeros([1, 3]) as tf.Tensor2D;
    assert.deepEqual(l2Normalize(zero).arraySync(), [[0, 0, 0]]);
    const gradient = tf
      .grad((x: tf.Tensor) => tf.sum(l2Normalize(x)))(zero)
      .dataSync();
    for (const value of gradient) assert.ok(Math.abs(value - 1e6) < 1);
  });
});

test("cosineLogits() gives the cosine of known angles, within [-1, 1]", () => {
  tf.tidy(() => {
    const embeddings = tf.tensor2d([
      [2, 0],
      [0.1, 0.1],
    ]);
    const head = tf.tensor2d([
      [5, 0, -1, 1],
      [0, 3, 0, 1],
    ]);
    const half = Math.SQRT1_2;
    const expected = [
      [1, 0, -1, half],
      [half, half, -half, 1],
    ];
    const cosines = cosineLogits(embeddings, head).arraySync();
    assert.ok(largestDifference(cosines, expected) < 1e-6);
    assert.ok(cosines.flat().every((cosine) => Math.abs(cosine) <= 1));
  });
});

test("l2Penalty() is half the decayed sum of squares, with the gradient weightDecay · w", () => {
  tf.tidy(() => {
    const kernel = tf.tensor2d([
      [1, -2],
      [3, 4],
    ]);
    const head = tf.tensor1d([2, -2]);
    const { value, grads } = tf.valueAndGrads((a: tf.Tensor, b: tf.Tensor) => l2Penalty([a, b], 0.5))([
      kernel,
      head,
    ]);
    assert.ok(Math.abs(value.dataSync()[0] - 0.25 * 38) < 1e-6);
    assert.deepEqual(grads[0].arraySync(), [
      [0.5, -1],
      [1.5, 2],
    ]);
    assert.deepEqual(grads[1].arraySync(), [1, -1]);
    assert.equal(l2Penalty([], 5e-4).dataSync()[0], 0);
    assert.throws(() => l2Penalty([kernel], -1), RangeError);
    assert.throws(() => l2Penalty([tf.ones([2], "int32")], 1), TypeError);
  });
});

test("l2Penalty() leaves no tensor behind but its result", () => {
  const kernel = tf.variable(tf.ones([2, 2]));
  const before = tf.memory().numTensors;
  const { value, grads } = tf.variableGrads(() => l2Penalty([kernel], 1));
  tf.dispose([value, grads]);
  assert.equal(tf.memory().numTensors, before);
  kernel.dispose();
});
