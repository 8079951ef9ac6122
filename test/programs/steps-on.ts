/**
 * Trains a net on drawn faces and prints what every step lost, and how memory stood:
 *
 *     bun test/programs/steps-on.ts --engine tensorflow:cpu --net resface20 --steps 20
 *
 * `--nudge 1e-6` makes each pixel that much larger: what it changes is what rounding may change.
 */
import { parseArgs } from "node:util";
import { renderFace } from "@amface/data";
import { useEngine } from "@amface/engine";
import { createNet, type NetName } from "@amface/nets";
import { createTrainState, trainStep } from "@amface/train";
import * as tf from "@tensorflow/tfjs";

/** What is printed, as JSON. */
export interface StepsOn {
  readonly losses: readonly number[];
  /** After each step: tensors alive, bytes in them, and the process's bytes. */
  readonly tensors: readonly number[];
  readonly bytes: readonly number[];
  readonly resident: readonly number[];
  readonly seconds: readonly number[];
}

const text = (value: string) => ({ type: "string", default: value }) as const;
const { values } = parseArgs({
  options: {
    ...{ engine: text("onnx:cpu"), net: text("resface20"), size: text("32"), steps: text("20") },
    ...{ "learning-rate": text("1e-5"), "batch-size": text("16"), nudge: text("0") },
  },
});
const [size, steps, learningRate, batchSize, nudge] = (
  ["size", "steps", "learning-rate", "batch-size", "nudge"] as const
).map((name) => Number(values[name]));
const PEOPLE = 8;

await useEngine(values.engine, { training: true });
const net = createNet(values.net as NetName, { seed: 1, imageSize: [size, size] });
const state = await createTrainState(net, PEOPLE, { momentum: 0.9, seed: 1 });
const hyper = { learningRate, margin: 0.35, scale: 30, weightDecay: 5e-4 };
const labels = Int32Array.from({ length: batchSize }, (_, i) => i % PEOPLE);

/** A batch of photos that only its number decides. */
function batch(number: number): Float32Array {
  const images = new Float32Array(batchSize * size * size * 3);
  for (const [i, person] of labels.entries()) {
    const { image } = renderFace(person, (number % 4) * batchSize + i, { seed: 1, size });
    images.set(
      Float32Array.from(image.data, (value) => ((value - 127.5) / 128) * (1 + nudge)),
      i * image.data.length,
    );
  }
  return images;
}

const batches = Array.from({ length: Math.min(steps, 4) }, (_, number) => batch(number));
const record = { losses: [], tensors: [], bytes: [], resident: [], seconds: [] } as {
  [K in keyof StepsOn]: number[];
};
for (let step = 0; step < steps; step++) {
  const start = performance.now();
  const images = tf.tensor4d(batches[step % batches.length], [batchSize, size, size, 3]);
  const labels_B = tf.tensor1d(labels, "int32");
  record.losses.push((await trainStep(state, { images, labels: labels_B }, hyper)).loss);
  tf.dispose([images, labels_B]);
  record.seconds.push((performance.now() - start) / 1000);
  record.tensors.push(tf.memory().numTensors);
  record.bytes.push(tf.memory().numBytes);
  record.resident.push(process.memoryUsage().rss);
}
console.log(JSON.stringify(record satisfies StepsOn));
process.exit(0);
