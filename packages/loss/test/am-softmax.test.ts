import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-layers"; // registers the gradients of tfjs-core's ops
import { sharedData } from "../../../test/shared-data.ts";
import { amSoftmaxLogits, crossEntropy } from "../src/mod.ts";
import {
  type AmSoftmaxCase,
  largestDifference,
  type Matrix,
  referenceGradient,
  referenceLogits,
  referenceLoss,
  seededMatrix,
} from "./reference.ts";

before(() => tf.setBackend("cpu"));

/** Logits, loss and both gradients by the tensor code. */
function computed(given: AmSoftmaxCase) {
  return tf.tidy(() => {
    const embeddings = tf.tensor2d(given.embeddings);
    const head = tf.tensor2d(given.head);
    const labels = tf.tensor1d(given.labels, "int32");
    const logits = amSoftmaxLogits(embeddings, head, labels, given);
    const gradients = tf.valueAndGrads((e: tf.Tensor, h: tf.Tensor) =>
      crossEntropy(amSoftmaxLogits(e as tf.Tensor2D, h as tf.Tensor2D, labels, given), labels),
    )([embeddings, head]);
    return {
      logits: logits.arraySync(),
      loss: gradients.value.dataSync()[0],
      gradEmbeddings: gradients.grads[0].arraySync() as Matrix,
      gradHead: gradients.grads[1].arraySync() as Matrix,
    };
  });
}

function seededCase(margin: number, scale: number): AmSoftmaxCase {
  return {
    embeddings: seededMatrix(5, 8, 1),
    head: seededMatrix(8, 7, 2),
    labels: [0, 6, 3, 3, 5],
    margin,
    scale,
  };
}

for (const [margin, scale] of [
  [0.35, 30],
  [0, 1],
  [0.5, 64],
]) {
  test(`amSoftmaxLogits() equals the float64 reference and finite differences at m ${margin}, s ${scale}`, () => {
    const given = seededCase(margin, scale);
    const got = computed(given);
    // float32 keeps 7 digits, so 1e-6 of a logit of 64.
    assert.ok(largestDifference(got.logits, referenceLogits(given)) < 1e-6 * scale + 1e-6);
    assert.ok(Math.abs(got.loss - referenceLoss(given)) < 1e-6 * scale + 1e-6);
    const tolerance = 2e-7 * scale + 1e-6;
    assert.ok(largestDifference(got.gradEmbeddings, referenceGradient(given, "embeddings")) < tolerance);
    assert.ok(largestDifference(got.gradHead, referenceGradient(given, "head")) < tolerance);
  });
}

test("amSoftmaxLogits() equals the golden values to 1e-5", {
  skip: sharedData("golden", "am-softmax.json") ? false : "needs ../shared/data/golden/am-softmax.json",
}, () => {
  const golden = JSON.parse(readFileSync(sharedData("golden", "am-softmax.json")!, "utf8"));
  const got = computed({ ...golden, head: golden.kernel, margin: golden.m, scale: golden.s });
  assert.ok(largestDifference(got.logits, golden.logits) < 1e-5);
  assert.ok(Math.abs(got.loss - golden.loss) < 1e-5);
  assert.ok(largestDifference(got.gradEmbeddings, golden.gradEmbeddings) < 1e-5);
  assert.ok(largestDifference(got.gradHead, golden.gradKernel) < 1e-5);
});

test("amSoftmaxLogits() subtracts m only at the label", () => {
  const given = seededCase(0.35, 30);
  const [plain, margined] = [computed({ ...given, margin: 0 }).logits, computed(given).logits];
  for (let b = 0; b < plain.length; b++) {
    for (let n = 0; n < plain[b].length; n++) {
      const expected = n === given.labels[b] ? 0.35 * 30 : 0;
      assert.ok(Math.abs(plain[b][n] - margined[b][n] - expected) < 1e-5, `row ${b}, identity ${n}`);
    }
  }
});

test("amSoftmaxLogits() does not depend on the lengths of embeddings and head", () => {
  const given = seededCase(0.35, 30);
  const longer = {
    ...given,
    embeddings: given.embeddings.map((row) => row.map((x) => x * 1000)),
    head: given.head.map((row) => row.map((x) => x * 0.001)),
  };
  assert.ok(largestDifference(computed(given).logits, computed(longer).logits) < 3e-5);
});

test("amSoftmaxLogits() drives the loss of one overfitted batch to 0", () => {
  const embeddings = tf.variable(tf.tensor2d(seededMatrix(8, 16, 3)));
  const head = tf.variable(tf.tensor2d(seededMatrix(16, 8, 4)));
  const labels = tf.tensor1d([0, 1, 2, 3, 4, 5, 6, 7], "int32");
  const optimizer = tf.train.momentum(0.1, 0.9);
  const losses: number[] = [];
  for (let step = 0; step < 300; step++) {
    const loss = optimizer.minimize(
      () =>
        crossEntropy(
          amSoftmaxLogits(embeddings as tf.Tensor2D, head as tf.Tensor2D, labels, {
            margin: 0.35,
            scale: 30,
          }),
          labels,
        ),
      true,
    );
    losses.push(loss!.dataSync()[0]);
    loss!.dispose();
  }
  assert.ok(losses[0] > 5, `first loss ${losses[0]}`);
  assert.ok(losses[299] < 1e-3, `last loss ${losses[299]}`);
  tf.dispose([embeddings, head, labels]);
  optimizer.dispose();
});

test("amSoftmaxLogits() stays finite at s 64 with right, opposite and zero embeddings", () => {
  const got = computed({
    embeddings: [
      [1, 0],
      [-1, 0],
      [0, 0],
      [1e-20, 0],
    ],
    head: [
      [1, -1, 0],
      [0, 0, 1],
    ],
    labels: [0, 0, 2, 1],
    margin: 0.5,
    scale: 64,
  });
  for (const values of [got.logits, got.gradEmbeddings, got.gradHead]) {
    assert.ok(values.flat().every(Number.isFinite));
  }
  assert.deepEqual(got.logits[1], [-96, 64, 0]);
  assert.deepEqual(got.logits[2], [0, 0, -32]);
  // Row by row: 0 (32 against 0 and -64), 64 + 96, and twice 32 + log 2.
  assert.ok(Math.abs(got.loss - (160 + 2 * (32 + Math.LN2)) / 4) < 1e-4);
});

test("amSoftmaxLogits() leaves no tensor behind but its result", () => {
  const given = seededCase(0.35, 30);
  const embeddings = tf.tensor2d(given.embeddings);
  const head = tf.tensor2d(given.head);
  const labels = tf.tensor1d(given.labels, "int32");
  const before = tf.memory().numTensors;
  const logits = amSoftmaxLogits(embeddings, head, labels, given);
  const loss = crossEntropy(logits, labels);
  assert.equal(tf.memory().numTensors, before + 2);
  tf.dispose([embeddings, head, labels, logits, loss]);
});

test("amSoftmaxLogits() says what it expected of shapes, dtypes and options", () => {
  tf.tidy(() => {
    const e = tf.ones([2, 4]) as tf.Tensor2D;
    const h = tf.ones([4, 3]) as tf.Tensor2D;
    const l = tf.tensor1d([0, 1], "int32");
    const options = { margin: 0.35, scale: 30 };
    const fails = (call: () => unknown, kind: ErrorConstructor, message: RegExp) =>
      assert.throws(call, (error: Error) => error instanceof kind && message.test(error.message));
    fails(
      () => amSoftmaxLogits(e, tf.ones([5, 3]), l, options),
      RangeError,
      /\[B, D\] and \[D, N\], got \[2,4\] and \[5,3\]/,
    );
    fails(
      () => amSoftmaxLogits(tf.ones<tf.Rank>([4]) as unknown as tf.Tensor2D, h, l, options),
      TypeError,
      /embeddings: expected float32 of rank 2/,
    );
    fails(
      () => amSoftmaxLogits(e, h, tf.tensor1d([0, 1]), options),
      TypeError,
      /labels: expected int32 of rank 1, got float32 \[2\]/,
    );
    fails(() => amSoftmaxLogits(e, h, tf.tensor1d([0], "int32"), options), RangeError, /1 labels for 2 rows/);
    fails(() => amSoftmaxLogits(e, tf.ones([4, 0]), l, options), RangeError, /at least one identity/);
    fails(() => amSoftmaxLogits(e, h, l, { margin: Number.NaN, scale: 30 }), RangeError, /margin/);
    fails(() => amSoftmaxLogits(e, h, l, { margin: 0.35, scale: 0 }), RangeError, /scale/);
  });
});
