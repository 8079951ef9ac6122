/**
 * Trains a dense layer by momentum for 200 steps on the device that the
 * argument names, and prints the process's memory, TensorFlow.js's tensors and the models along the way as JSON.
 */
import { type Device, type OnnxBackend, setDevice } from "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";

const STEPS = Number(process.argv[3] ?? 200);
const EVERY = STEPS / 8;

await tf.setBackend("onnx");
setDevice(process.argv[2] as Device);
const backend = tf.backend() as OnnxBackend;
// 256 KB of weights and as much of slots: kept by mistake at every step, 100 MB in all.
const weight = tf.variable(tf.fill([256, 256], 0.01));
const weights = [weight] as tf.Variable[];
const optimizer: tf.Optimizer = tf.train.momentum(0.01, 0.9);
const samples: { rss: number; tensors: number; models: number; onDevice: number }[] = [];
for (let step = 1; step <= STEPS; step++) {
  const loss = tf.tidy(() => {
    const rows = tf.randomNormal<tf.Rank.R2>([2, 256], 0, 1, "float32", step);
    const { value, grads } = optimizer.computeGradients(
      () => tf.mean(tf.square(tf.matMul(rows, weight as tf.Tensor2D))),
      weights,
    );
    optimizer.applyGradients(grads);
    return value;
  });
  if (!Number.isFinite(loss.dataSync()[0])) throw new Error(`loss ${loss.dataSync()[0]} in step ${step}`);
  loss.dispose();
  if (step % EVERY > 0) continue;
  samples.push({
    rss: process.memoryUsage.rss() / 1e6,
    tensors: tf.memory().numTensors,
    models: backend.compilations,
    onDevice: weights.filter((weight) => backend.isOnDevice(weight)).length,
  });
}
console.log(JSON.stringify({ seconds: performance.now() / 1000, samples, weights: weights.length }));
process.exit(0); // WebGPU's device would keep the process alive
