/**
 * Trains a small net (convolutions, batch normalisation, PReLU, dense, AM-Softmax, momentum) on each of the devices
 * that the arguments name and prints what came out as JSON.
 */
import { type Device, type OnnxBackend, setDevice } from "@amface/tfjs-backend-onnx";
import * as tf from "@tensorflow/tfjs";

const STEPS = 5;
const BATCH = 8;
const IDENTITIES = 6;

function createNet(): tf.LayersModel {
  const kernelInitializer = (seed: number) => tf.initializers.heNormal({ seed });
  const block = (filters: number, strides: number, seed: number) => [
    tf.layers.conv2d({
      filters,
      strides,
      kernelSize: 3,
      padding: "same",
      kernelInitializer: kernelInitializer(seed),
    }),
    tf.layers.batchNormalization(),
    tf.layers.prelu({ alphaInitializer: tf.initializers.constant({ value: 0.25 }), sharedAxes: [1, 2] }),
  ];
  const net = tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [12, 10, 3] })] });
  for (const layer of [...block(8, 2, 1), ...block(8, 1, 2)]) net.add(layer);
  net.add(tf.layers.flatten());
  net.add(tf.layers.dense({ units: 8, kernelInitializer: kernelInitializer(3) }));
  return net;
}

/** AM-Softmax with m = 0.35 and s = 10, cross-entropy, mean over the batch. */
function loss(embeddings: tf.Tensor2D, head: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  const unit = (x: tf.Tensor, axis: number) => tf.div(x, tf.sqrt(tf.sum(tf.square(x), axis, true)));
  const cosine = tf.clipByValue(tf.matMul(unit(embeddings, 1), unit(head, 0)), -1, 1);
  const target = tf.cast(tf.oneHot(labels, IDENTITIES), "float32");
  const logits = tf.mul(tf.sub(cosine, tf.mul(target, 0.35)), 10);
  return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logits as tf.Tensor2D), target), 1)));
}

async function train(device: Device) {
  setDevice(device);
  const backend = tf.backend() as OnnxBackend;
  const net = createNet();
  const head = tf.variable(tf.randomNormal([8, IDENTITIES], 0, 1, "float32", 5)) as tf.Variable<tf.Rank.R2>;
  const trained = [...net.trainableWeights.map((weight) => weight.read() as tf.Variable), head];
  const optimizer: tf.Optimizer = tf.train.momentum(0.02, 0.9);
  const losses: number[] = [];
  const tensors: number[] = [];
  backend.spinning = false; // or other processes that begin or end would have models compiled again
  const compiled = backend.compilations;
  for (let step = 0; step < STEPS; step++) {
    const value = tf.tidy(() => {
      const images = tf.randomNormal<tf.Rank.R4>([BATCH, 12, 10, 3], 0, 1, "float32", step + 1);
      const labels = tf.tensor1d(
        Array.from({ length: BATCH }, (_, i) => (i + step) % IDENTITIES),
        "int32",
      );
      const { value, grads } = optimizer.computeGradients(
        () => loss(net.apply(images, { training: true }) as tf.Tensor2D, head, labels),
        trained,
      );
      optimizer.applyGradients(grads);
      return value;
    });
    losses.push(value.dataSync()[0]);
    value.dispose();
    tensors.push(tf.memory().numTensors);
  }
  const compilations = backend.compilations - compiled;
  const slots = (await optimizer.getWeights()).slice(1).map(({ tensor }) => tensor);
  const state: tf.Tensor[] = [...net.weights.map((weight) => weight.read()), head, ...slots];
  const onDevice = () => state.filter((tensor) => backend.isOnDevice(tensor)).length;
  const before = onDevice();
  const values = state.map((tensor) => [...tensor.dataSync()]);
  const result = { losses, tensors, compilations, values, onDevice: { before, after: onDevice() } };
  const growth = memoryGrowth();
  // Made on this device, used on another.
  const doubled = tf.mul(head, 2);
  doubled.dataSync();
  setDevice("cpu");
  const elsewhere = [...tf.sub(doubled, head).dataSync()];
  tf.dispose([...state, doubled]);
  return { ...result, growth, elsewhere, head: values[net.weights.length] };
}

/** Megabytes that the process grows by while a variable of 4 MB gets 60 new values. */
function memoryGrowth(): number {
  const variable = tf.variable(tf.ones([1024, 1024]));
  let before = 0;
  for (let i = 0; i < 70; i++) {
    if (i === 10) before = process.memoryUsage.rss();
    tf.tidy(() => {
      variable.assign(tf.mul(variable, 0.5));
      tf.sum(variable).dataSync();
    });
  }
  variable.dispose();
  return (process.memoryUsage.rss() - before) / 1e6;
}

await tf.setBackend("onnx");
const results: Record<string, Awaited<ReturnType<typeof train>>> = {};
for (const device of process.argv.slice(2) as Device[]) results[device] = await train(device);
console.log(JSON.stringify(results));
