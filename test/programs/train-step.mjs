// Trains a small convolutional net with the built packages, on each backend from the same weights, and prints the
// losses as JSON; the same program runs in every runtime.
import { amSoftmaxLogits, crossEntropy } from "@amface/loss";
import "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";

const normal = (shape, seed, deviation = 1) => tf.randomNormal(shape, 0, deviation, "float32", seed);

function train() {
  const filter = tf.variable(normal([3, 3, 3, 4], 1, 0.3));
  const slopes = tf.variable(tf.fill([1, 1, 4], 0.25));
  const dense = tf.variable(normal([48, 5], 2, 0.2));
  const head = tf.variable(normal([5, 6], 3));
  const optimizer = tf.train.momentum(0.02, 0.9);
  const losses = [];
  for (let step = 0; step < 4; step++) {
    const loss = tf.tidy(() => {
      const images = normal([8, 8, 6, 3], 10 + step);
      const labels = tf.tensor1d([0, 1, 2, 3, 4, 5, 0, 1], "int32");
      return optimizer.minimize(() => {
        const map = tf.prelu(tf.conv2d(images, filter, 2, "same"), slopes);
        const embeddings = tf.matMul(tf.reshape(map, [8, 48]), dense);
        return crossEntropy(amSoftmaxLogits(embeddings, head, labels, { margin: 0.35, scale: 10 }), labels);
      }, true);
    });
    losses.push(loss.dataSync()[0]);
    loss.dispose();
  }
  return losses;
}

const losses = {};
for (const backend of ["cpu", "onnx"]) {
  await tf.setBackend(backend);
  losses[backend] = train();
}
console.log(JSON.stringify(losses));
