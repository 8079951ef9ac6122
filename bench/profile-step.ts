/**
 * Where a training step of ResFace20 or another --net (or, with --inference, a forward pass) spends its time, on the CPU or
 * another --device, by ONNX Runtime's own profile: medians of the later steps, summed by operator and by TensorFlow.js kernel.
 *
 *     bun bench/profile-step.ts --batch-size 16
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createNet, type NetName } from "@amface/nets";
import { type Device, type OnnxBackend, setDevice } from "@amface/tfjs-backend-onnx";
import { createTrainState, embedImages, trainStep } from "@amface/train";
import * as tf from "@tensorflow/tfjs";

const { values } = parseArgs({
  options: {
    "batch-size": { type: "string", default: "16" },
    steps: { type: "string", default: "10" },
    inference: { type: "boolean", default: false },
    net: { type: "string", default: "resface20" },
    "image-size": { type: "string", default: "112,96" },
    device: { type: "string", default: "cpu" },
  },
});
const batchSize = Number(values["batch-size"]);
const [height, width] = values["image-size"].split(",").map(Number);
const folder = mkdtempSync(join(tmpdir(), "amface-profile-"));

await tf.setBackend("onnx");
const backend = tf.backend() as OnnxBackend;
setDevice(values.device as Device);
const net = createNet(values.net as NetName, { seed: 1, imageSize: [height, width] });
const state = createTrainState(net, 10_000, { momentum: 0.9, seed: 1 });
const images = tf.randomNormal<tf.Rank.R4>([batchSize, height, width, 3], 0, 1, "float32", 1);
const labels = tf.tensor1d(
  Int32Array.from({ length: batchSize }, (_, i) => i),
  "int32",
);
backend.sessionOptions = { enableProfiling: true, profileFilePrefix: join(folder, "step") };
for (let i = 0; i < Number(values.steps); i++) {
  if (values.inference) await embedImages(net, images);
  else
    await trainStep(
      state,
      { images, labels },
      { learningRate: 0.01, margin: 0.35, scale: 30, weightDecay: 5e-4 },
    );
}
backend.dispose(); // writes the profiles

interface Event {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args: { readonly op_name?: string };
}

/** The profile of the model that took longest: the step, not the start of the weights. */
const profiles = readdirSync(folder).map(
  (name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Event[],
);
rmSync(folder, { recursive: true });
const time = (events: readonly Event[]) => kernelTimes(events).reduce((sum, { dur }) => sum + dur, 0);
const step = profiles.reduce((longest, next) => (time(next) > time(longest) ? next : longest));

function kernelTimes(events: readonly Event[]): readonly Event[] {
  // On WebGPU a node's own time is that of handing it over; its programs are timed on the GPU, `Conv#7&Conv&Transpose`.
  const programs = events.filter(({ cat, name }) => cat === "Api" && name.includes("&"));
  if (programs.length > 0) return programs;
  return events.filter(({ cat, name }) => cat === "Node" && name.endsWith("_kernel_time"));
}
const runs = step.filter(({ name }) => name === "model_run").length;

const nodes = new Map<string, Event[]>();
for (const event of kernelTimes(step)) nodes.set(event.name, [...(nodes.get(event.name) ?? []), event]);
const [byOperator, byKernel] = [new Map<string, number>(), new Map<string, number>()];
let sum = 0;
for (const [name, events] of nodes) {
  const later = events.slice(events.length >> 1).map(({ dur }) => dur);
  const once = later.sort((a, b) => a - b)[later.length >> 1] / 1000;
  const milliseconds = (once * events.length) / runs;
  const operator = events[0].args.op_name ?? name.split("&", 2)[1];
  const kernel = `${name.split("#", 1)[0]}: ${operator}`;
  byOperator.set(operator, (byOperator.get(operator) ?? 0) + milliseconds);
  byKernel.set(kernel, (byKernel.get(kernel) ?? 0) + milliseconds);
  sum += milliseconds;
}

const work = values.inference ? "a forward pass" : "a training step";
console.log(
  `${work} of ${values.net}, batch ${batchSize}, on ${values.device}: ${sum.toFixed(0)} ms in ${nodes.size} nodes`,
);
for (const [title, sums] of [
  ["by operator", byOperator],
  ["by kernel", byKernel],
] as const) {
  console.log(`\n${title} (ms)`);
  for (const [name, milliseconds] of [...sums].sort((a, b) => b[1] - a[1]).slice(0, 16))
    console.log(`${milliseconds.toFixed(1).padStart(8)}  ${name}`);
}
process.exit(0); // WebGPU's device would keep the process alive
