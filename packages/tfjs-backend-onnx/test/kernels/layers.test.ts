import assert from "node:assert/strict";
import { test } from "node:test";
import type { OnnxBackend } from "@amface/tfjs-backend-onnx";
import "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";

/** A net of the layers that small nets are made of; biases only where no batch normalization takes them away. */
function model(): tf.Sequential {
  const kernelInitializer = tf.initializers.glorotUniform({ seed: 1 });
  const net = tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [12, 10, 3],
        filters: 8,
        kernelSize: 3,
        padding: "same",
        activation: "relu",
        kernelInitializer,
      }),
      tf.layers.maxPooling2d({ poolSize: 3, strides: 2, padding: "same" }),
      tf.layers.depthwiseConv2d({
        kernelSize: 3,
        padding: "same",
        useBias: false,
        depthwiseInitializer: kernelInitializer,
      }),
      tf.layers.batchNormalization({}),
      tf.layers.leakyReLU({}),
      tf.layers.separableConv2d({
        filters: 12,
        kernelSize: 3,
        strides: 2,
        padding: "same",
        activation: "elu",
        depthwiseInitializer: kernelInitializer,
        pointwiseInitializer: kernelInitializer,
      }),
      tf.layers.averagePooling2d({ poolSize: 2 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 5, activation: "softmax", kernelInitializer }),
    ],
  });
  net.compile({
    optimizer: tf.train.momentum(0.05, 0.9),
    loss: "categoricalCrossentropy",
    metrics: ["accuracy"],
  });
  return net;
}

async function fit(backend: string) {
  await tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const net = model();
  const images = tf.randomNormal([24, 12, 10, 3], 0, 1, "float32", 5);
  const people = Array.from({ length: 24 }, (_, i) => i % 5);
  const labels = tf.oneHot(tf.tensor1d(people, "int32"), 5);
  const { history } = await net.fit(images, labels, { epochs: 4, batchSize: 8, shuffle: false, verbose: 0 });
  const weights = net.getWeights().map((weight) => weight.dataSync().slice() as Float32Array);
  net.dispose();
  net.optimizer.dispose();
  tf.dispose([images, labels]);
  return { history, weights, tensors: tf.memory().numTensors - before };
}

test("a model of tf.layers fits to the cpu backend's losses, accuracies and weights, compiled for one size of batch", async () => {
  const cpu = await fit("cpu");
  await tf.setBackend("onnx");
  (tf.backend() as OnnxBackend).spinning = false; // or other processes that begin or end would have models compiled again
  const compiled = (tf.backend() as OnnxBackend).compilations;
  const onnx = await fit("onnx");
  const models = (tf.backend() as OnnxBackend).compilations - compiled;
  assert.ok(models <= 4, `${models} models`); // initial slots, the step, sums over an epoch
  cpu.history.loss.forEach((loss, i) => {
    assert.ok(Math.abs((onnx.history.loss[i] as number) - (loss as number)) < 1e-4);
  });
  assert.deepEqual(onnx.history.acc, cpu.history.acc);
  assert.ok((cpu.history.loss[3] as number) < 0.8 * (cpu.history.loss[0] as number));
  cpu.weights.forEach((weight, i) => {
    const largest = weight.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const difference = weight.reduce((most, v, j) => Math.max(most, Math.abs(v - onnx.weights[i][j])), 0);
    assert.ok(difference <= 1e-4 * largest, `weight ${i}: ${difference} of ${largest}`);
  });
  assert.equal(onnx.tensors, cpu.tensors);
});
