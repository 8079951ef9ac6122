import assert from "node:assert/strict";
import { before, test } from "node:test";
import { OnnxBackend } from "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";

const backend = () => tf.backend() as OnnxBackend;

before(() => tf.setBackend("onnx"));

/** One momentum step of a small conv net; returns the loss. */
function step(optimizer: tf.Optimizer, weights: tf.Variable[], images: tf.Tensor4D): number {
  const loss = tf.tidy(() => {
    const { value, grads } = optimizer.computeGradients(() => {
      const features = tf.relu(tf.conv2d(images, weights[0] as tf.Tensor4D, 2, "same"));
      return tf.mean(
        tf.square(tf.matMul(features.reshape([images.shape[0], -1]), weights[1] as tf.Tensor2D)),
      );
    });
    optimizer.applyGradients(grads);
    return value;
  });
  const value = loss.dataSync()[0];
  loss.dispose();
  return value;
}

const images = (batch: number, seed: number) =>
  tf.randomNormal<tf.Rank.R4>([batch, 8, 6, 3], 0, 1, "float32", seed);
const smallWeights = () => [
  tf.variable(tf.randomNormal([3, 3, 3, 4], 0, 0.5, "float32", 1)),
  tf.variable(tf.randomNormal([48, 5], 0, 0.5, "float32", 2)),
];

test("a training step is one model: other batches, weights and learning rates compile nothing", () => {
  const weights = smallWeights();
  const optimizer = tf.train.momentum(0.01, 0.9);
  for (let i = 0; i < 2; i++) tf.tidy(() => step(optimizer, weights, images(2, i)));
  const compiled = backend().compilations;
  for (let i = 2; i < 6; i++) {
    optimizer.setLearningRate(0.01 / i);
    tf.tidy(() => step(optimizer, weights, images(2, i)));
  }
  assert.equal(backend().compilations, compiled);
  tf.tidy(() => step(optimizer, weights, images(3, 9)));
  assert.equal(backend().compilations, compiled + 1);
  tf.dispose(weights);
  optimizer.dispose();
});

test("fifty training steps follow the cpu backend's losses and leak no tensor", async () => {
  const losses: number[][] = [];
  for (const name of ["cpu", "onnx"]) {
    await tf.setBackend(name);
    const weights = smallWeights();
    const optimizer = tf.train.momentum(0.01, 0.9);
    const run = () => tf.tidy(() => step(optimizer, weights, images(2, 7)));
    const values = [run()];
    const tensors = tf.memory().numTensors;
    for (let i = 0; i < 49; i++) values.push(run());
    assert.equal(tf.memory().numTensors, tensors);
    losses.push(values);
    tf.dispose(weights);
    optimizer.dispose();
  }
  losses[0].forEach((expected, i) => {
    assert.ok(
      Math.abs(losses[1][i] - expected) <= 1e-4 * Math.abs(expected) + 1e-7,
      `step ${i}: ${losses[1][i]} ${expected}`,
    );
  });
  assert.ok(losses[1][49] < losses[1][0] / 2);
});

test("nothing runs before a value is read", () => {
  const compiled = backend().compilations;
  tf.tidy(() => {
    const y = tf.add(tf.mul(tf.tensor1d([1, 2, 3]), 2), 1);
    assert.equal(backend().compilations, compiled);
    assert.deepEqual([...y.dataSync()], [3, 5, 7]);
    assert.equal(backend().compilations, compiled + 1);
  });
});

test("kernels without an ONNX form run on the cpu backend's, in the middle of a graph", () => {
  tf.tidy(() => {
    const x = tf.tensor1d([3, 1, 2]);
    const { values, indices } = tf.topk(tf.mul(x, 10), 2);
    assert.deepEqual([...tf.add(values, 1).dataSync()], [31, 21]);
    assert.deepEqual([...indices.dataSync()], [0, 2]);
    assert.deepEqual([...tf.cumprod(tf.neg(x)).dataSync()], [-3, 3, -6]);
  });
});

test("strings, complex numbers, integers, booleans and empty tensors keep working", () => {
  tf.tidy(() => {
    assert.deepEqual(tf.tensor1d(["a", "b"]).dataSync() as unknown as string[], ["a", "b"]);
    assert.deepEqual([...tf.real(tf.complex([1, 2], [3, 4])).dataSync()], [1, 2]);
    assert.deepEqual([...tf.add(tf.tensor1d([1, 2], "int32"), tf.scalar(3, "int32")).dataSync()], [4, 5]);
    assert.deepEqual(
      [...tf.logicalAnd(tf.tensor1d([true, false], "bool"), tf.tensor1d([true, true], "bool")).dataSync()],
      [1, 0],
    );
    assert.deepEqual(tf.add(tf.zeros([0, 3]), 1).shape, [0, 3]);
  });
});

test("oneHot() leaves rows of labels outside the depth off", () => {
  tf.tidy(() => {
    const rows = tf.oneHot(tf.tensor1d([1, -1, 3], "int32"), 3);
    assert.deepEqual([...tf.cast(rows, "float32").dataSync()], [0, 1, 0, 0, 0, 0, 0, 0, 0]);
  });
});

test("a tensor outlives the variables and inputs that it was computed from", () => {
  const a = tf.tensor2d([
    [1, 2],
    [3, 4],
  ]);
  const b = tf.matMul(a, a);
  const c = tf.transpose(b);
  tf.dispose([a, b]);
  assert.deepEqual([...c.dataSync()], [7, 15, 10, 22]);
  assert.deepEqual([...c.dataSync()], [7, 15, 10, 22]);
  c.dispose();
});

test("matMul() of shapes that do not fit names both shapes", () => {
  assert.throws(() => tf.tidy(() => tf.matMul(tf.ones([2, 3]), tf.ones([4, 2]))), /matMul.*2,3.*4,2/s);
});

test("what a caller does to its arrays after a call does not change the call", () => {
  tf.tidy(() => {
    const begin = [0];
    const x = tf.tensor1d([1, 2, 3]);
    const parts = [0, 1, 2].map((i) => {
      begin[0] = i;
      return tf.slice(x, begin, [1]);
    });
    assert.deepEqual([...tf.concat(parts).dataSync()], [1, 2, 3]);
    const data = Float32Array.of(1, 2, 3);
    const doubled = tf.mul(tf.tensor1d(data), 2);
    data.fill(0);
    assert.deepEqual([...doubled.dataSync()], [2, 4, 6]);
  });
});

test("a tensor takes the memory of one that is gone, and of none that a call or a reshape still reads", () => {
  tf.tidy(() => {
    const filled = (value: number) => tf.tensor1d(new Float32Array(4096).fill(value));
    const holds = (tensor: tf.Tensor, value: number) =>
      assert.ok(tensor.dataSync().every((number) => number === value));
    const [read, reshaped] = [filled(1), filled(2)];
    const [sum, square] = [tf.add(read, 10), tf.reshape(reshaped, [64, 64])];
    for (const tensor of [read, reshaped]) tensor.dispose();
    const others = [3, 4].map(filled);
    holds(sum, 11);
    for (const tensor of others) tensor.dispose();
    const later = [5, 6, 7].map(filled);
    holds(square, 2);
    const array = square.dataSync();
    square.dispose();
    later.push(filled(8));
    assert.ok(array.every((number) => number === 2));
    holds(sum, 11);
    for (const [i, tensor] of later.entries()) holds(tensor, 5 + i);
  });
});

test("tensors of another backend can be computed with, and the other way round", async () => {
  await tf.setBackend("cpu");
  const made = tf.tensor1d([1, 2, 3]);
  await tf.setBackend("onnx");
  const sum = tf.add(made, 1);
  await tf.setBackend("cpu");
  const product = tf.mul(sum, 2);
  assert.deepEqual([...product.dataSync()], [4, 6, 8]);
  await tf.setBackend("onnx");
  tf.dispose([made, sum, product]);
});

test("tensors move between two backends of this kind, computed or not", async () => {
  const names = ["onnx1", "onnx2"];
  for (const name of names) {
    tf.registerBackend(name, () => new OnnxBackend());
    tf.copyRegisteredKernels("onnx", name);
  }
  const before = tf.memory();
  await tf.setBackend("onnx1");
  const five = tf.scalar(5);
  const ten = tf.mul(five, 2);
  await tf.setBackend("onnx2");
  const three = tf.scalar(3);
  const sum = tf.add(ten, tf.mul(five, three));
  assert.deepEqual([...sum.dataSync()], [25]);
  assert.equal(tf.memory().numDataBuffers, before.numDataBuffers + 5);
  tf.dispose([five, ten, three, sum]);
  assert.equal(tf.memory().numTensors, before.numTensors + 1); // the product that has no name
  await tf.setBackend("onnx");
  for (const name of names) tf.removeBackend(name);
});

/** Indices that nobody knows before they are read. */
const computed = (index: number) => tf.cast(tf.tensor1d([index]), "int32");

test("an index out of range that is known fails at the call, and names itself and the range", () => {
  tf.tidy(() => {
    const x = tf.ones([3, 2]);
    for (const index of [-1, 2])
      assert.throws(
        () => tf.gather(x, tf.tensor1d([0, index], "int32"), 1),
        new RegExp(`index value ${index} is not in \\[0, 1\\]`),
      );
  });
});

test("a call that cannot run fails when it is read, and takes nothing else with it", () => {
  const before = tf.memory().numTensors;
  const kept = tf.mul(tf.tensor1d([1, 2]), 3);
  for (const index of [-1, 2]) {
    const other = tf.mul(kept, index);
    const wrong = tf.gather(tf.tensor1d([1, 2]), computed(index));
    assert.throws(() => wrong.dataSync(), /GatherV2.*out of data bounds/s);
    assert.throws(() => wrong.dataSync(), /GatherV2.*out of data bounds/s);
    assert.deepEqual([...other.dataSync()], [3 * index, 6 * index]);
    tf.dispose([wrong, other]);
  }
  assert.deepEqual([...kept.dataSync()], [3, 6]);
  kept.dispose();
  assert.ok(tf.memory().numTensors - before <= 7); // the unnamed inputs above
});

test("what a call read that failed with others keeps its contents until it is tried again", () => {
  tf.tidy(() => {
    const weights = tf.add(tf.fill([2000], 1), tf.fill([2000], 1));
    tf.sum(weights).dataSync();
    const tripled = tf.mul(weights, 3);
    assert.throws(() => tf.gather(tf.tensor1d([1, 2]), computed(7)).dataSync());
    weights.dispose();
    for (let i = 0; i < 2; i++) tf.sum(tf.add(tf.fill([2000], 100 + i), 0.5)).dataSync();
    assert.deepEqual([...tripled.dataSync()], new Array(2000).fill(6));
  });
});
