/** Makes 1,000 training steps and prints, as JSON, what they leave behind. In a process of its own: its memory is theirs alone. */
import { createNet } from "@amface/nets";
import type { OnnxBackend } from "@amface/tfjs-backend-onnx";
import "@amface/tfjs-backend-onnx";
import { createTrainState, disposeTrainState, trainStep } from "@amface/train";
import * as tf from "@tensorflow/tfjs";

export interface Leftovers {
  /** Tensors, their bytes and compiled models after the second step and every hundredth, as text. */
  readonly counts: readonly string[];
  /** Bytes of resident memory after every hundredth step, once what JavaScript left is collected. */
  readonly resident: readonly number[];
  /** Tensors that are left once net, head and optimizer are gone. */
  readonly tensors: number;
}

await tf.setBackend("onnx");
(tf.backend() as OnnxBackend).spinning = false; // or other processes that begin or end would have models compiled again
const start = tf.memory().numTensors;
const net = createNet("resface-small", { seed: 1, imageSize: [56, 48], embeddingSize: 64 });
const state = await createTrainState(net, 200, { momentum: 0.9, seed: 1 });
const counts: string[] = [];
const resident: number[] = [];
for (let step = 1; step <= 1000; step++) {
  const images = tf.randomNormal<tf.Rank.R4>([8, 56, 48, 3], 0, 1, "float32", step);
  const labels = tf.tensor1d(
    Int32Array.from({ length: 8 }, (_, i) => (8 * step + i) % 200),
    "int32",
  );
  const hyper = { learningRate: 0.1 / step, margin: 0.2, scale: 16, weightDecay: 5e-4 };
  await trainStep(state, { images, labels }, hyper);
  tf.dispose([images, labels]);
  if (step !== 2 && step % 100 > 0) continue;
  const { numTensors, numBytes } = tf.memory();
  counts.push(
    `${numTensors} tensors, ${numBytes} bytes, ${(tf.backend() as OnnxBackend).compilations} models`,
  );
  if (step === 2) continue;
  // A replayed step leaves so little that Bun would not collect it for hundreds of steps.
  (globalThis as { Bun?: { gc(force: boolean): void } }).Bun?.gc(true);
  resident.push(process.memoryUsage().rss);
}
disposeTrainState(state);
const leftovers: Leftovers = { counts, resident, tensors: tf.memory().numTensors - start };
console.log(JSON.stringify(leftovers));
