/**
 * Makes one training step of ResFace20 (16×16 pixels, batch 4, AM-Softmax, momentum, weight decay) on each engine that
 * the arguments name, and prints the loss and how each variable changed as JSON.
 */
import { useEngine } from "@amface/engine";
import { createNet } from "@amface/nets";
import type { OnnxBackend } from "@amface/tfjs-backend-onnx";
import { createTrainState, trainStep } from "@amface/train";
import * as tf from "@tensorflow/tfjs";

const BATCH = 4;
const SIZE = 16;
const HYPER = { learningRate: 0.01, margin: 0.35, scale: 30, weightDecay: 5e-4 };

async function step(engine: string) {
  await useEngine(engine, { training: true });
  const net = createNet("resface20", { seed: 1, imageSize: [SIZE, SIZE] });
  const state = await createTrainState(net, 10, { momentum: 0.9, seed: 1 });
  const images = tf.randomNormal<tf.Rank.R4>([BATCH, SIZE, SIZE, 3], 0, 1, "float32", 4);
  const labels = tf.tensor1d([0, 1, 2, 3], "int32");
  const { loss } = await trainStep(state, { images, labels }, HYPER);
  // Velocities after the first step are the gradients themselves.
  const velocities = state.variables.filter(({ name }) => name.startsWith("velocity/"));
  const backend = tf.backend() as OnnxBackend;
  const onDevice = state.trainable
    .map(({ variable }) => variable)
    .concat(velocities.map(({ variable }) => variable))
    .filter((variable) => backend.isOnDevice(variable)).length;
  const gradients = new Map(
    velocities.map(({ name, variable }) => [name, Float32Array.from(variable.dataSync())]),
  );
  return { loss, onDevice, resident: 2 * velocities.length, gradients };
}

const [a, b] = process.argv.slice(2);
const [first, second] = [await step(a), await step(b)];
const differences = [...first.gradients].map(([name, values]) => {
  const others = second.gradients.get(name)!;
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const difference = values.reduce((most, value, i) => Math.max(most, Math.abs(value - others[i])), 0);
  return { name, largest, difference };
});
const { loss, onDevice, resident } = second;
console.log(JSON.stringify({ losses: [first.loss, loss], onDevice, resident, differences }));
process.exit(0); // WebGPU's device would keep the process alive
