/**
 * What a training step of ResFace20 or another --net costs besides ONNX Runtime's work: recording hundreds of kernel calls
 * and finding the model that was compiled for them. The model itself is left out after the second step, so that hundreds of steps
 * show the cost once the JavaScript engine has compiled the code, as in a training run. Processor time, which other
 * work on the machine does not lengthen; it has that of the engine's own threads in it.
 *
 *     bun bench/trace-step.ts
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { createNet } from "@amface/nets";
import { type OnnxBackend, OrtSession } from "@amface/tfjs-backend-onnx";
import { createTrainState, trainStep } from "@amface/train";
import * as tf from "@tensorflow/tfjs";

const { values } = parseArgs({
  options: {
    "batch-size": { type: "string", default: "16" },
    identities: { type: "string", default: "10000" },
    net: { type: "string", default: "resface20" },
    steps: { type: "string", default: "600" },
  },
});
const [batchSize, identities, steps] = (["batch-size", "identities", "steps"] as const).map((name) =>
  Number(values[name]),
);

await tf.setBackend("onnx");
const net = createNet(values.net, { seed: 1 });
const state = await createTrainState(net, identities, { momentum: 0.9, seed: 1 });
const images = tf.randomNormal<tf.Rank.R4>([batchSize, 112, 96, 3], 0, 1, "float32", 1);
const labels = tf.tensor1d(
  Int32Array.from({ length: batchSize }, (_, i) => i % identities),
  "int32",
);
const hyper = { learningRate: 0.01, margin: 0.35, scale: 30, weightDecay: 5e-4 };
for (let i = 0; i < 2; i++) await trainStep(state, { images, labels }, hyper);
const { compilations } = tf.backend() as OnnxBackend;

OrtSession.prototype.runInto = () => {};
const milliseconds: number[] = [];
for (let i = 0; i < steps; i++) {
  const start = process.cpuUsage();
  await trainStep(state, { images, labels }, { ...hyper, learningRate: 0.01 / (i + 1) });
  const { user, system } = process.cpuUsage(start);
  milliseconds.push((user + system) / 1000);
}

const quantile = (numbers: number[], q: number) =>
  numbers.toSorted((a, b) => a - b)[Math.floor(q * numbers.length)].toFixed(1);
const [first, later] = [milliseconds.slice(0, 20), milliseconds.slice(steps >> 1)];
const runtime = process.versions.bun ? `Bun ${process.versions.bun}` : process.version;
console.log(
  `processor time of recording and look-up of a training step, ${values.net}, batch ${batchSize}; ${runtime}, ` +
    `${cpus()[0].model.trim()}, ${new Date().toISOString().slice(0, 10)}`,
);
console.log(`  first 20 steps    median ${quantile(first, 0.5)} ms`);
console.log(
  `  last ${later.length} steps    median ${quantile(later, 0.5)} ms (quartiles ${quantile(later, 0.25)} and ${quantile(later, 0.75)}, least ${quantile(later, 0)})`,
);
console.log(
  `  models compiled by ${steps} changes of the learning rate: ${(tf.backend() as OnnxBackend).compilations - compilations}`,
);
