/**
 * Training steps with AM-Softmax in amface, or with --inference forward passes, as a side of bench/nets.ts and bench/gpu.ts:
 * the same lines as torch_train_step.py, so that a GPU that runs out of memory ends this process and not the benchmark,
 * and each side's memory is its own. A line `threading` is answered with how its threads wait and why, a line `losses N`
 * with N steps' losses, a line `share N` with the seconds of N steps inside ONNX Runtime, outside it, and of the latter those in which
 * the batch was copied.
 */
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { Random } from "@amface/data/browser"; // without workers, which no bundle of one file holds
import { useEngine } from "@amface/engine";
import { createNet, type NetName } from "@amface/nets";
import { type OnnxBackend, OrtSession } from "@amface/tfjs-backend-onnx";
import { createTrainState, embedImages, type Precision, trainStep } from "@amface/train";
import * as tf from "@tensorflow/tfjs";

const text = (value: string) => ({ type: "string", default: value }) as const;
const { values } = parseArgs({
  options: {
    ...{ engine: text("onnx:cpu"), net: text("resface20"), "batch-size": text("16") },
    ...{ "image-size": text("112,96"), identities: text("10000"), precision: text("float32") },
    threads: { type: "string" },
    spinning: { type: "string" },
    inference: { type: "boolean", default: false },
  },
});
const [batchSize, identities] = [Number(values["batch-size"]), Number(values.identities)];
const [height, width] = values["image-size"].split(",").map(Number);

let inside = 0;
for (const method of ["run", "runInto"] as const) {
  const original = OrtSession.prototype[method] as (...args: unknown[]) => unknown;
  OrtSession.prototype[method] = function (this: OrtSession, ...args: unknown[]) {
    const start = performance.now();
    try {
      return original.apply(this, args);
    } finally {
      inside += performance.now() - start;
    }
  } as never;
}

const threads = values.threads === undefined ? {} : { threads: Number(values.threads) };
await useEngine(values.engine, { training: true, ...threads });
const backend = tf.backend() as OnnxBackend;
if (values.spinning && values.spinning !== "auto") backend.spinning = values.spinning === "on";
const net = createNet(values.net as NetName, { seed: 1, imageSize: [height, width] });
const precision = values.precision as Precision;
const state = values.inference
  ? undefined
  : createTrainState(net, identities, { momentum: 0.9, seed: 1, precision });
const labels = tf.tensor1d(
  Int32Array.from({ length: batchSize }, (_, i) => i % identities),
  "int32",
);
const hyper = { learningRate: 0.01, margin: 0.35, scale: 30, weightDecay: 5e-4 };

/** A few batches in the main memory: one travels to the device every step, as in training. */
const batches = Array.from({ length: 4 }, (_, seed) => {
  const random = new Random(seed);
  const values = new Float32Array(batchSize * height * width * 3);
  for (let i = 0; i < values.length; i++) values[i] = random.normal(); // tf.randomNormal would leave 0.4 GiB to the garbage collector
  return values;
});
let taken = 0;
let copying = 0;
async function step(): Promise<number> {
  const start = performance.now();
  const images = tf.tensor4d(batches[taken++ % batches.length], [batchSize, height, width, 3]);
  copying += performance.now() - start;
  try {
    if (state) return (await trainStep(state, { images, labels }, hyper)).loss;
    return (await embedImages(net, images))[0];
  } finally {
    images.dispose();
  }
}

console.log(`amface, ${values.engine}`);
for await (const line of createInterface({ input: process.stdin })) {
  const [what, count] = line.includes(" ") ? line.split(" ") : ["time", line];
  const losses: number[] = [];
  if (line === "threading") {
    console.log(`${backend.threading.spinning ? "spinning" : "sleeping"}: ${backend.threading.reason}`);
    continue;
  }
  if (line === "parameters") {
    console.log(net.description.trainableParameters);
    continue;
  }
  const [start, before, copied, cpu] = [performance.now(), inside, copying, process.cpuUsage()];
  for (let i = 0; i < Number(count); i++) losses.push(await step());
  const seconds = (performance.now() - start) / 1000;
  const within = (inside - before) / 1000;
  if (what === "losses") console.log(JSON.stringify(losses));
  else if (what === "share") console.log(`${within} ${seconds - within} ${(copying - copied) / 1000}`);
  else {
    const { user, system } = process.cpuUsage(cpu);
    console.log(`${seconds} ${process.resourceUsage().maxRSS * 1024} ${(user + system) / 1e6}`);
  }
}
process.exit(0); // WebGPU's device would keep the process alive
