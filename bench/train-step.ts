/**
 * Training steps (or, with --inference, forward passes) of ResFace20 with AM-Softmax: amface on its onnx
 * backend beside PyTorch, in turns.
 *
 *     bun --conditions=@amface/source bench/train-step.ts --batch-size 16
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { useEngine } from "@amface/engine";
import { createNet } from "@amface/nets";
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
const engine = await useEngine("onnx");
const net = createNet("resface20", { seed: 1 });
const state = await createTrainState(net, identities, { momentum: 0.9, seed: 1 });
const images = tf.randomNormal<tf.Rank.R4>([batchSize, 112, 96, 3], 0, 1, "float32", 1);
const labels = tf.tensor1d(
  Int32Array.from({ length: batchSize }, (_, i) => i % identities),
  "int32",
);
const hyper = { learningRate: 0.01, margin: 0.35, scale: 30, weightDecay: 5e-4 };

async function ours(count: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    if (values.inference) await embedImages(net, images);
    else await trainStep(state, { images, labels }, hyper);
  }
  return (performance.now() - start) / 1000;
}

const WARM_UP = 3;
await peer.run(WARM_UP);
await ours(WARM_UP);
const rates: { amface: number; torch: number }[] = [];
for (let round = 0; round < rounds; round++) {
  const torch = (steps * batchSize) / (await peer.run(steps));
  const amface = (steps * batchSize) / (await ours(steps));
  rates.push({ amface, torch });
  console.error(
    `round ${round + 1}/${rounds}: amface ${amface.toFixed(1)}, PyTorch ${torch.toFixed(1)} images/s`,
  );
}
peer.stop();

const median = (numbers: number[]) => numbers.sort((a, b) => a - b)[numbers.length >> 1];
const amface = median(rates.map((rate) => rate.amface));
const torch = median(rates.map((rate) => rate.torch));
const ratio = median(rates.map((rate) => rate.amface / rate.torch));
console.log(
  `ResFace20 + BN, 112×96, ${identities} identities, float32, batch ${batchSize}, ${values.inference ? "inference" : "training step"}`,
);
console.log(`  amface (${engine.name}:${engine.device})            ${amface.toFixed(1)} images/s`);
console.log(`  PyTorch ${peer.version}, channels_last   ${torch.toFixed(1)} images/s`);
console.log(`  ratio                         ${ratio.toFixed(2)} (medians of ${rounds} rounds of ${steps})`);
console.log(
  `  ${threads} threads, ${new Date().toISOString().slice(0, 10)}, resident ${(process.memoryUsage().rss / 2 ** 30).toFixed(2)} GiB`,
);
