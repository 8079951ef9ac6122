/**
 * Training steps with a head whose identities are spread over processes: resident memory of each process, and seconds a
 * step. With `--head whole`, in one process, what the same head takes there.
 *
 *     bun bench/sharded-head.ts [--processes 4] [--identities 1000000] [--embedding-size 512] [--json]
 *
 * Needs mpirun.
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { useEngine } from "@amface/engine";
import { init } from "@amface/mpi";
import { createNet, type NetName } from "@amface/nets";
import { createTrainState, trainStep } from "@amface/train";
import * as tf from "@tensorflow/tfjs";
import { startProcesses } from "./start-processes.ts";

const { values } = parseArgs({
  options: {
    processes: { type: "string", default: "4" },
    head: { type: "string", default: "sharded" },
    identities: { type: "string", default: "1000000" },
    "embedding-size": { type: "string", default: "512" },
    net: { type: "string", default: "resface-small" },
    "batch-size": { type: "string", default: "32" },
    /** Blocks of the head and micro-batches; as many as processes where absent. */
    "accumulate-steps": { type: "string" },
    steps: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
    here: { type: "boolean", default: false },
  },
});
const [processes, identities, batchSize] = [
  Number(values.processes),
  Number(values.identities),
  Number(values["batch-size"]),
];
const embeddingSize = Number(values["embedding-size"]);
const blocks = Number(values["accumulate-steps"] ?? processes);

/** What one process measured; bytes of resident memory, libraries included. */
interface Measured {
  readonly rank: number;
  readonly beforeHead: number;
  readonly withHead: number;
  readonly afterSteps: number;
  readonly peak: number;
  readonly secondsPerStep: number;
  readonly losses: readonly number[];
}

if (values.here) await measureHere();
else await measureAll();

async function measureAll(): Promise<void> {
  const all = await startProcesses<Measured>(processes, "--here");
  const measured = all.sort((a, b) => a.rank - b.rank);
  const about = {
    ...{ head: values.head, processes, identities, embeddingSize, net: values.net, batchSize, blocks },
    ...{ date: new Date().toISOString().slice(0, 10), processor: `${cpus().length} × ${cpus()[0].model}` },
  };
  if (values.json) return console.log(JSON.stringify({ ...about, measured }));
  console.log(
    `${about.date}, ${about.processor}: ${about.net}, batch ${batchSize} in ${blocks}, ${values.head} head of ` +
      `${identities} identities × ${embeddingSize}: ${gib(4 * identities * embeddingSize)}, with velocities twice that`,
  );
  for (const { rank, beforeHead, withHead, afterSteps, peak, secondsPerStep } of measured) {
    console.log(
      `process ${rank}: ${gib(beforeHead)} before the head, ${gib(withHead)} with it, ${gib(afterSteps)} after steps, ` +
        `${gib(peak)} at most, ${secondsPerStep.toFixed(1)} s a step`,
    );
  }
  console.log(`losses ${measured[0].losses.join(" ")}`);
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(2)} GiB`;
}

async function measureHere(): Promise<void> {
  const mpi = await init();
  await useEngine("onnx:cpu", { threads: 1 });
  const net = createNet(values.net as NetName, { embeddingSize, seed: 1 });
  const beforeHead = process.memoryUsage.rss();
  const head = values.head as "sharded" | "whole";
  const state = createTrainState(net, identities, { head, accumulateSteps: blocks, processes: mpi, seed: 1 });
  for (const { variable } of [
    ...state.variables,
    ...(state.shards?.blocks.flatMap((b) => b.variables) ?? []),
  ])
    tf.tidy(() =>
      tf
        .slice(
          variable,
          variable.shape.map(() => 0),
          variable.shape.map(() => 1),
        )
        .dataSync(),
    );
  const withHead = process.memoryUsage.rss();
  const own = batchSize / mpi.size;
  const [height, width] = net.description.imageShape;
  const images = tf.tidy(() => {
    const all = tf.randomUniform<tf.Rank.R4>([batchSize, height, width, 3], -1, 1, "float32", 1);
    return tf.slice(all, mpi.rank * own, own);
  });
  const places = Int32Array.from({ length: batchSize }, (_, b) => Math.floor((b * identities) / batchSize));
  const labels = tf.tensor1d(places, "int32");
  const hyper = { learningRate: 0.01, weightDecay: 5e-4, accumulateSteps: blocks };
  const step = async () => (await trainStep(state, { images, labels }, hyper, { processes: mpi })).loss;
  const losses = [await step()]; // compiles
  const start = performance.now();
  for (let i = 0; i < Number(values.steps); i++) losses.push(await step());
  const secondsPerStep = (performance.now() - start) / 1000 / Number(values.steps);
  const [afterSteps, peak] = [process.memoryUsage.rss(), process.resourceUsage().maxRSS * 1024];
  const measured: Measured = {
    ...{ rank: mpi.rank, beforeHead, withHead, afterSteps, peak, secondsPerStep, losses },
  };
  console.log(JSON.stringify(measured));
}
