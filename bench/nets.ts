/**
 * Embedding crops of 112×96 with every net: amface on its onnx backend beside the same net in PyTorch, in turns. Both
 * sides' processor time an image tells more than rates where other work shares the cores.
 *
 *     bun bench/nets.ts --batch-size 16
 */
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { useEngine } from "@amface/engine";
import { createNet, embedImages, NET_NAMES } from "@amface/nets";
import * as tf from "@tensorflow/tfjs";
import { Peer } from "./peers/peer.ts";

const { values } = parseArgs({
  options: {
    "batch-size": { type: "string", default: "16" },
    rounds: { type: "string", default: "5" },
    steps: { type: "string", default: "2" },
    nets: { type: "string", default: NET_NAMES.join(",") },
  },
});
const [batchSize, rounds, steps] = [values["batch-size"], values.rounds, values.steps].map(Number);
const threads = availableParallelism();
const engine = await useEngine("onnx");
const images = tf.randomNormal<tf.Rank.R4>([batchSize, 112, 96, 3], 0, 1, "float32", 1);
const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

const milliseconds = (seconds: readonly { amface: number; torch: number }[], side: "amface" | "torch") =>
  (1000 * median(seconds.map((each) => each[side]))).toFixed(1);

/** Weights become constants after the third forward pass. */
const WARM_UP = 5;

async function compare(name: string): Promise<{ row: string; version: string }> {
  const args = ["--net", name, "--batch-size", String(batchSize), "--threads", String(threads)];
  const peer = await Peer.start("torch_embed.py", args);
  const net = createNet(name, { seed: 1 });
  const { trainableParameters, flops } = net.description;
  const [version, parameters] = peer.version.split(" ");
  if (Number(parameters) !== trainableParameters) {
    throw new Error(`Cannot compare ${name}: expected ${trainableParameters} parameters, got ${parameters}`);
  }
  const ours = async (count: number) => {
    const [start, cpu] = [performance.now(), process.cpuUsage()];
    for (let i = 0; i < count; i++) await embedImages(net, images);
    const { user, system } = process.cpuUsage(cpu);
    return { seconds: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };
  };
  await peer.run(WARM_UP);
  await ours(WARM_UP);
  const rates: { amface: number; torch: number }[] = [];
  const cpu: { amface: number; torch: number }[] = [];
  const count = steps * batchSize;
  for (let round = 0; round < rounds; round++) {
    const torch = count / (await peer.run(steps));
    const mine = await ours(steps);
    rates.push({ torch, amface: count / mine.seconds });
    cpu.push({ torch: peer.cpuSeconds / count, amface: mine.cpu / count });
  }
  peer.stop();
  net.model.dispose();
  const ratios = rates.map(({ amface, torch }) => amface / torch);
  const [amface, torch] = [median(rates.map((rate) => rate.amface)), median(rates.map((rate) => rate.torch))];
  const columns = [
    name.padEnd(14),
    `${(flops / 1e9).toFixed(2)} GFLOP`.padStart(11),
    `amface ${amface.toFixed(1).padStart(7)}`,
    `PyTorch ${torch.toFixed(1).padStart(7)} images/s`,
    `processor time ${milliseconds(cpu, "amface")} beside ${milliseconds(cpu, "torch")} ms`,
    `ratio ${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
  ];
  return { row: columns.join("  "), version };
}

const results: { row: string; version: string }[] = [];
for (const name of values.nets.split(",")) results.push(await compare(name));
images.dispose();
console.log(
  `embedding 112×96, batch ${batchSize}, float32, medians of ${rounds} rounds of ${steps}; ` +
    `${new Date().toISOString().slice(0, 10)}, ${threads} × ${cpus()[0].model}, ` +
    `${engine.name}:${engine.device}, Bun ${process.versions.bun ?? process.version}, PyTorch ${results[0].version}`,
);
for (const { row } of results) console.log(`  ${row}`);
