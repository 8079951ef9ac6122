import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { OnnxBackend } from "@amface/tfjs-backend-onnx";
import "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";

before(async () => {
  await tf.setBackend("onnx");
  backend().spinning = false; // or models would be compiled again when other processes begin or end
});

const backend = () => tf.backend() as OnnxBackend;

const random = (shape: readonly number[], seed: number) =>
  tf.randomNormal<tf.Rank.R4>(shape as [number, number, number, number], 0, 1, "float32", seed);

/** Values of a convolution, and how many models were compiled for it. */
function convolve(images: tf.Tensor4D, filter: tf.Tensor4D) {
  const before = backend().compilations;
  const values = tf.tidy(() => tf.relu(tf.conv2d(images, filter, 1, "same")).dataSync());
  return { values: [...values], compiled: backend().compilations - before };
}

test("weights that stay as they are become constants, and inputs again when they change; results do not", () => {
  const filter = tf.variable(random([3, 3, 48, 48], 1));
  const batches = Array.from({ length: 8 }, (_, i) => random([2, 6, 5, 48], i + 2));
  const first = batches.map((batch) => convolve(batch, filter));
  const compiled = first.map((run) => run.compiled);
  assert.equal(compiled[0], 1);
  assert.equal(
    compiled.reduce((a, b) => a + b),
    2,
    `${compiled}`,
  );
  const again = convolve(batches[0], filter);
  assert.equal(again.compiled, 0);
  again.values.forEach((value, i) => {
    assert.ok(Math.abs(value - first[0].values[i]) < 1e-4);
  });

  filter.assign(tf.tidy(() => tf.mul(filter, 2)));
  const doubled = convolve(batches[0], filter);
  assert.equal(doubled.compiled, 1);
  doubled.values.forEach((value, i) => {
    assert.ok(Math.abs(value - 2 * first[0].values[i]) < 2e-4);
  });
  tf.dispose([filter, ...batches]);
});

test("tensors that are no variables never become constants, however often they come again", () => {
  const [batch, filter] = [random([2, 6, 5, 48], 2), random([3, 3, 48, 40], 1)];
  const compiled = Array.from({ length: 8 }, () => convolve(batch, filter).compiled);
  assert.deepEqual(compiled, [1, 0, 0, 0, 0, 0, 0, 0]);
  tf.dispose([filter, batch]);
});

test("weights stay inputs of a model that computes gradients by them, as of every micro-batch before an update", () => {
  const filter = tf.variable(random([3, 3, 48, 48], 1));
  const compiled = Array.from({ length: 8 }, (_, i) => {
    const before = backend().compilations;
    tf.tidy(() => {
      const batch = random([2, 6, 5, 48], i + 2);
      const { grads } = tf.variableGrads(
        () => tf.sum(tf.square(tf.conv2d(batch, filter, 1, "same"))),
        [filter],
      );
      grads[filter.name].dataSync();
    });
    return backend().compilations - before;
  });
  assert.deepEqual(compiled, [1, 0, 0, 0, 0, 0, 0, 0]);
  filter.dispose();
});

test("models of many shapes are kept, so that a second round of them compiles nothing", () => {
  const filter = random([1, 1, 2, 2], 1);
  const round = () => {
    let compiled = 0;
    for (let width = 1; width <= 150; width++) {
      const images = random([1, 1, width, 2], width);
      compiled += convolve(images, filter as tf.Tensor4D).compiled;
      images.dispose();
    }
    return compiled;
  };
  assert.equal(round(), 150);
  assert.equal(round(), 0);
  filter.dispose();
});

test("recomputing what the forward pass could have kept changes no result", () => {
  const results = [false, true, "auto" as const].map((recompute) => {
    backend().recompute = recompute;
    return tf.tidy(() => {
      const images = random([8, 10, 8, 64], 1);
      const loss = (filter: tf.Tensor, second: tf.Tensor) => {
        const hidden = tf.conv2d(images, filter as tf.Tensor4D, 1, "same");
        return tf.mean(tf.square(tf.conv2d(tf.relu(hidden), second as tf.Tensor4D, 1, "same"))) as tf.Scalar;
      };
      const { value, grads } = tf.valueAndGrads(loss)([random([3, 3, 64, 64], 2), random([3, 3, 64, 64], 3)]);
      return [value, ...grads].map((tensor) => [...tensor.dataSync()]);
    });
  });
  assert.deepEqual(results[1], results[0]);
  assert.deepEqual(results[2], results[0]);
});
