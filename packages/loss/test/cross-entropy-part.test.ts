import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-layers"; // registers the gradients of tfjs-core's ops
import { crossEntropy, crossEntropyPart, firstClassWeights, logSumExp, softmaxPart } from "../src/mod.ts";

before(() => tf.setBackend("cpu"));

const LABELS = [4, 0, 6, 2];
/** Columns of the parts. */
const CUTS = [
  [0, 3],
  [3, 4],
  [4, 7],
];

/** What all parts together give, with one scale for all logits. */
function inParts(logits_BN: tf.Tensor2D) {
  const columns = CUTS.map(([first, end]) => tf.slice(logits_BN, [0, first], [-1, end - first]));
  const parts = columns.map((part) => {
    const { largest_B, sum_B } = softmaxPart(part);
    return { largest_B: largest_B.dataSync(), sum_B: sum_B.dataSync() };
  });
  const total = logSumExp(parts);
  let loss = total.reduce((sum, value) => sum + value, 0) / LABELS.length;
  const gradients = columns.map((part, i) => {
    const [first, end] = CUTS[i];
    const isHere = LABELS.map((label) => label >= first && label < end);
    const labels = tf.tensor1d(
      LABELS.map((label, b) => (isHere[b] ? label - first : 0)),
      "int32",
    );
    const here = tf.tensor1d(isHere, "bool");
    const { value, grad } = tf.valueAndGrad((z: tf.Tensor) =>
      crossEntropyPart(z as tf.Tensor2D, labels, here, tf.tensor1d(Float32Array.from(total))),
    )(part);
    loss += value.dataSync()[0];
    return grad as tf.Tensor2D;
  });
  return { loss, gradient: tf.concat(gradients, 1) };
}

for (const scale of [1, 30, 1e4]) {
  test(`parts of cross-entropy give its value and gradient, with logits of ${scale}`, () => {
    tf.tidy(() => {
      const logits = tf.mul<tf.Tensor2D>(tf.randomNormal([4, 7], 0, 1, "float32", 3), scale);
      const { loss, gradient } = inParts(logits);
      const labels = tf.tensor1d(LABELS, "int32");
      const expected = tf.valueAndGrad((z: tf.Tensor) => crossEntropy(z as tf.Tensor2D, labels))(logits);
      assert.ok(Math.abs(loss - expected.value.dataSync()[0]) < 2e-6 * Math.max(scale, 1));
      const [a, b] = [gradient.dataSync(), expected.grad.dataSync()];
      // A total of 1e4 is known to 1e-3 in float32, and probabilities that are not 0 or 1 to as much.
      const bound = scale > 1e3 ? 1e-3 : 2e-6;
      for (let i = 0; i < a.length; i++) assert.ok(Math.abs(a[i] - b[i]) < bound, `${a[i]}, not ${b[i]}`);
    });
  });
}

test("a labelled logit that is nearly sure keeps the digits of its gradient", () => {
  tf.tidy(() => {
    const logits = tf.tensor2d([[0, 18]]);
    const [labels, here] = [tf.tensor1d([1], "int32"), tf.tensor1d([true], "bool")];
    const total = tf.tensor1d([18 + Math.log1p(Math.exp(-18))]);
    const gradient = tf.grad((z: tf.Tensor) => crossEntropyPart(z as tf.Tensor2D, labels, here, total))(
      logits,
    );
    const [other, own] = gradient.dataSync();
    assert.ok(Math.abs(other / Math.exp(-18) - 1) < 1e-3);
    assert.ok(own <= 0 && own > -1e-6, `${own}`);
  });
});

test("firstClassWeights() gives the same values in pieces as in one", () => {
  const whole = firstClassWeights(7, 0.02, 0, 1000);
  const pieces = [0, 10, 999].map((from) => firstClassWeights(7, 0.02, from, 1));
  assert.deepEqual(
    pieces.map(([value]) => value),
    [whole[0], whole[10], whole[999]],
  );
  const deviation = Math.sqrt(whole.reduce((sum, value) => sum + value ** 2, 0) / 1000);
  assert.ok(Math.abs(deviation / 0.02 - 1) < 0.05, `${deviation}`);
});
