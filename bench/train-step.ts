/**
 * Training steps (or, with --inference, forward passes) of ResFace20 with AM-Softmax: amface on its onnx
 * backend beside PyTorch, in turns.
 *
 *     bun bench/train-step.ts --batch-size 16
 *     bun bench/train-step.ts --engine tensorflow:cpu    # that engine's training steps as a third side
 */
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { useEngine } from "@amface/engine";
import { createNet } from "@amface/nets";
import { OrtSession } from "@amface/tfjs-backend-onnx";
import { createTrainState, embedImages, trainStep } from "@amface/train";
import * as tf from "@tensorflow/tfjs";
import { Peer } from "./peers/peer.ts";

const { values } = parseArgs({
  options: {
    "batch-size": { type: "string", default: "16" },
    identities: { type: "string", default: "10000" },
    rounds: { type: "string", default: "7" },
    steps: { type: "string", default: "2" },
    inference: { type: "boolean", default: false },
    engine: { type: "string" },
  },
});
const [batchSize, identities, rounds, steps] = (["batch-size", "identities", "rounds", "steps"] as const).map(
  (name) => Number(values[name]),
);
const threads = availableParallelism();

const peer = await Peer.start("torch_train_step.py", [
  ...["--batch-size", String(batchSize), "--identities", String(identities), "--threads", String(threads)],
  ...(values.inference ? ["--inference"] : []),
]);
if (values.engine && values.inference)
  throw new RangeError("--engine is for training steps, not --inference");
const other = values.engine
  ? await Peer.start(
      "amface-train-step.ts",
      ["--engine", values.engine, "--batch-size", String(batchSize), "--identities", String(identities)],
      [process.execPath, ...process.execArgv],
    )
  : undefined;
const engine = await useEngine("onnx");
const net = createNet("resface20", { seed: 1 });
const state = await createTrainState(net, identities, { momentum: 0.9, seed: 1 });
const images = tf.randomNormal<tf.Rank.R4>([batchSize, 112, 96, 3], 0, 1, "float32", 1);
const labels = tf.tensor1d(
  Int32Array.from({ length: batchSize }, (_, i) => i % identities),
  "int32",
);
const hyper = { learningRate: 0.01, margin: 0.35, scale: 30, weightDecay: 5e-4 };

/** Milliseconds inside ONNX Runtime since the start; what a step takes besides is tracing and looking up. */
let inside = 0;
const { runInto } = OrtSession.prototype;
OrtSession.prototype.runInto = function (...args) {
  const start = performance.now();
  runInto.apply(this, args);
  inside += performance.now() - start;
};

/** Seconds of each of `count` units of work, and of them outside ONNX Runtime. */
async function ours(count: number): Promise<{ seconds: number; outside: number }[]> {
  const times = [];
  for (let i = 0; i < count; i++) {
    const [start, before] = [performance.now(), inside];
    if (values.inference) await embedImages(net, images);
    else await trainStep(state, { images, labels }, hyper);
    const seconds = (performance.now() - start) / 1000;
    times.push({ seconds, outside: seconds - (inside - before) / 1000 });
  }
  return times;
}

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const total = (times: { seconds: number }[]) => times.reduce((sum, { seconds }) => sum + seconds, 0);

// Weights become constants after the third forward pass.
const WARM_UP = 5;
await peer.run(WARM_UP);
await other?.run(WARM_UP);
const [first] = await ours(WARM_UP);
const rates: { amface: number; torch: number; other: number }[] = [];
const outside: number[] = [];
for (let round = 0; round < rounds; round++) {
  const torch = (steps * batchSize) / (await peer.run(steps));
  const times = await ours(steps);
  const third = other ? (steps * batchSize) / (await other.run(steps)) : Number.NaN;
  const amface = (steps * batchSize) / total(times);
  rates.push({ amface, torch, other: third });
  outside.push(...times.map((time) => time.outside));
  console.error(
    `round ${round + 1}/${rounds}: amface ${amface.toFixed(1)}, PyTorch ${torch.toFixed(1)}` +
      `${other ? `, ${values.engine} ${third.toFixed(1)}` : ""} images/s`,
  );
}
peer.stop();
other?.stop();

const amface = median(rates.map((rate) => rate.amface));
const torch = median(rates.map((rate) => rate.torch));
const ratios = rates.map((rate) => rate.amface / rate.torch);
const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(2)} GiB`;
const work = values.inference ? "inference" : "training step";
console.log(
  `ResFace20 + BN, 112×96, ${identities} identities, float32, batch ${batchSize}, ${work}; ` +
    `${threads} threads, ${cpus()[0].model.trim()}, ${new Date().toISOString().slice(0, 10)}`,
);
const side = (name: string, rate: number, peak: number) =>
  console.log(`  ${name.padEnd(34)} ${rate.toFixed(1).padStart(6)} images/s   peak memory ${gib(peak)}`);
const { runtime } = process.versions.bun
  ? { runtime: `Bun ${process.versions.bun}` }
  : { runtime: process.version };
side(`amface, ${engine.name}:${engine.device}, ${runtime}`, amface, process.resourceUsage().maxRSS * 1024);
side(`PyTorch ${peer.version}, channels_last`, torch, peer.peakMemory);
if (other) side(other.version, median(rates.map((rate) => rate.other)), other.peakMemory);
console.log(
  `  ratio ${median(ratios).toFixed(2)} (medians of ${rounds} rounds of ${steps}; single rounds ` +
    `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
);
console.log(
  `  tracing and look-up ${(1000 * median(outside)).toFixed(1)} ms a step (least ${(1000 * Math.min(...outside)).toFixed(1)}); ` +
    `the first step ${first.outside.toFixed(2)} s outside ONNX Runtime's run, with compilation`,
);
