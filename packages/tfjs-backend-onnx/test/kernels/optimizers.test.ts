import assert from "node:assert/strict";
import { test } from "node:test";
import "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";

const STEPS = 20;
const TOLERANCE = 1e-4;

const OPTIMIZERS: Readonly<Record<string, () => tf.Optimizer>> = {
  sgd: () => tf.train.sgd(0.1),
  momentum: () => tf.train.momentum(0.05, 0.9),
  nesterov: () => tf.train.momentum(0.05, 0.9, true),
  adam: () => tf.train.adam(0.01),
  adamax: () => tf.train.adamax(0.01),
  adagrad: () => tf.train.adagrad(0.1),
  adadelta: () => tf.train.adadelta(1),
  rmsprop: () => tf.train.rmsprop(0.01),
  "rmsprop, momentum": () => tf.train.rmsprop(0.01, 0.9, 0.9),
  // TensorFlow.js subtracts this epsilon from the variance where others add it: a positive one gives NaN on every
  // backend as soon as an element's gradients hardly vary.
  "rmsprop, centered": () => tf.train.rmsprop(0.01, 0.9, 0, -1e-3, true),
};

const BATCH = 4;
const CLASSES = 5;

const normal = (shape: number[], deviation: number, seed: number) =>
  tf.randomNormal(shape, 0, deviation, "float32", seed);

/** A conv net with batch normalization; the same numbers on every backend. */
const startWeights = () => ({
  kernel: tf.variable(normal([3, 3, 3, 8], 0.3, 1)),
  scale: tf.variable(tf.add(normal([8], 0.1, 2), 1)),
  offset: tf.variable(normal([8], 0.1, 3)),
  slope: tf.variable(tf.fill([8], 0.25)),
  strided: tf.variable(normal([3, 3, 8, 12], 0.2, 4)),
  bias: tf.variable(normal([12], 0.1, 5)),
  dense: tf.variable(normal([4 * 3 * 12, CLASSES], 0.1, 6)),
  denseBias: tf.variable(tf.zeros([CLASSES])),
});
type Weights = Readonly<Record<keyof ReturnType<typeof startWeights>, tf.Tensor>>;

function logits(w: Weights, images: tf.Tensor4D): tf.Tensor2D {
  const features = tf.conv2d(images, w.kernel as tf.Tensor4D, 1, "same");
  const { mean, variance } = tf.moments(features, [0, 1, 2]);
  const normed = tf.batchNorm(
    features,
    mean as tf.Tensor1D,
    variance as tf.Tensor1D,
    w.offset as tf.Tensor1D,
    w.scale as tf.Tensor1D,
    1e-3,
  );
  const halved = tf.add(
    tf.conv2d(tf.prelu(normed, w.slope) as tf.Tensor4D, w.strided as tf.Tensor4D, 2, "same"),
    w.bias,
  );
  return tf.add(tf.matMul(tf.relu(halved).reshape([BATCH, -1]), w.dense as tf.Tensor2D), w.denseBias);
}

/** Trains for some steps on one batch and gives the losses and, by name, what became of the weights. */
async function train(backend: string, make: () => tf.Optimizer) {
  await tf.setBackend(backend);
  const weights = startWeights();
  const images = normal([BATCH, 8, 6, 3], 1, 7) as tf.Tensor4D;
  const labels = tf.oneHot(tf.range(0, BATCH, 1, "int32").mod(tf.scalar(CLASSES, "int32")), CLASSES);
  const optimizer = make();
  const losses: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    const loss = optimizer.minimize(
      () => tf.losses.softmaxCrossEntropy(labels, logits(weights, images)) as tf.Scalar,
      true,
    )!;
    losses.push(loss.dataSync()[0]);
    loss.dispose();
  }
  const trained = Object.entries(weights).map(
    ([name, weight]) => [name, weight.dataSync().slice() as Float32Array] as const,
  );
  optimizer.dispose();
  tf.dispose([weights, images, labels]);
  return { losses, trained };
}

/** Largest difference over the largest value. */
function relativeDifference(got: Float32Array, expected: Float32Array): number {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return got.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0) / largest;
}

for (const [name, make] of Object.entries(OPTIMIZERS)) {
  test(`${STEPS} steps of ${name} end at the cpu backend's weights, each to ${TOLERANCE} of its largest value`, async () => {
    const cpu = await train("cpu", make);
    const onnx = await train("onnx", make);
    const differences = cpu.trained.map(
      ([weight, expected], i) => [weight, relativeDifference(onnx.trained[i][1], expected)] as const,
    );
    const [worst, largest] = differences.reduce((a, b) => (b[1] > a[1] ? b : a));
    console.log(
      `${name.padEnd(20)} ${largest.toExponential(1)} (${worst}); ` +
        `loss ${cpu.losses[0].toFixed(3)} -> ${cpu.losses[STEPS - 1].toFixed(3)}`,
    );
    assert.ok(cpu.losses[STEPS - 1] < 0.9 * cpu.losses[0], "nothing was learnt");
    for (const [weight, difference] of differences)
      assert.ok(difference <= TOLERANCE, `${weight} differs by ${difference}`);
  });
}
