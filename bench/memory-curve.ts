/**
 * Memory, tensors and compiled models over training steps of resface-small: all should stay where they are.
 *
 *     bun bench/memory-curve.ts --steps 1000 [--engine tensorflow:cpu]
 */
import { parseArgs } from "node:util";
import { useEngine } from "@amface/engine";
import { createNet } from "@amface/nets";
import type { OnnxBackend } from "@amface/tfjs-backend-onnx";
import { createTrainState, trainStep } from "@amface/train";
import * as tf from "@tensorflow/tfjs";

const { values } = parseArgs({
  options: {
    "batch-size": { type: "string", default: "16" },
    identities: { type: "string", default: "1000" },
    steps: { type: "string", default: "1000" },
    engine: { type: "string", default: "onnx:cpu" },
  },
});
const [batchSize, identities, steps] = (["batch-size", "identities", "steps"] as const).map((name) =>
  Number(values[name]),
);

await useEngine(values.engine, { training: true });
const state = await createTrainState(createNet("resface-small", { seed: 1 }), identities, {
  momentum: 0.9,
  seed: 1,
});
console.log("  step   loss   tensors   MB of tensors   models compiled   resident MB");
for (let step = 1; step <= steps; step++) {
  const images = tf.randomNormal<tf.Rank.R4>([batchSize, 112, 96, 3], 0, 1, "float32", step);
  const labels = tf.tensor1d(
    Int32Array.from({ length: batchSize }, (_, i) => (step * batchSize + i) % identities),
    "int32",
  );
  const hyper = { learningRate: 0.1 / Math.sqrt(step), margin: 0.35, scale: 16, weightDecay: 5e-4 };
  const { loss } = await trainStep(state, { images, labels }, hyper);
  tf.dispose([images, labels]);
  if (step > 3 && step % Math.ceil(steps / 10) > 0) continue;
  const { numTensors, numBytes } = tf.memory();
  const { compilations = 0 } = tf.backend() as Partial<OnnxBackend>;
  const cells = [
    String(step).padStart(6),
    loss.toFixed(3).padStart(7),
    String(numTensors).padStart(8),
    (numBytes / 1e6).toFixed(1).padStart(14),
    String(compilations).padStart(16),
    (process.memoryUsage().rss / 1e6).toFixed(0).padStart(14),
  ];
  console.log(cells.join(" "));
}
