/**
 * What a training step in several processes takes, predicted from what was measured in parts: a micro-batch's
 * computation and the rest of a step (in all processes at once, without any exchange), and the link's latency and speed. Beside it the
 * step itself, in turns; then a table for more processes and other links.
 *
 *     bun bench/mpi-cost.ts [--processes 2] [--net resface20] [--gradient-compression float16] [--json]
 *     bash bench/two-hosts.sh 1gbit bun bench/mpi-cost.ts
 *
 * Needs mpirun. The fastest step and exchange count; even so, a machine that others use gives other numbers in each turn.
 */
import { parseArgs } from "node:util";
import { type Communicator, init, ONE_PROCESS } from "@amface/mpi";
import { decodeHalf, encodeHalf } from "../packages/train/src/processes/half-vector.ts";
import { type Link, type Parts, stepSeconds } from "./mpi-model.ts";
import { timeSteps } from "./mpi-step.ts";
import { startProcesses } from "./start-processes.ts";

const { values } = parseArgs({
  options: {
    processes: { type: "string", default: "2" },
    net: { type: "string", default: "resface20" },
    "batch-size": { type: "string", default: "32" },
    "accumulate-steps": { type: "string", default: "4" },
    identities: { type: "string", default: "10000" },
    rounds: { type: "string", default: "3" },
    steps: { type: "string", default: "3" },
    "gradient-compression": { type: "string", default: "none" },
    threads: { type: "string", default: "1" },
    measure: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const number = (name: "processes" | "batch-size" | "accumulate-steps" | "identities" | "rounds" | "steps") =>
  Number(values[name]);
const options = {
  ...{ net: values.net, threads: Number(values.threads), identities: number("identities") },
  gradientCompression: values["gradient-compression"] as "none" | "float16",
};
/** Elements of a vector that is added to, or made float16. */
const SAMPLE = 2 ** 22;
const [batchSize, microBatches] = [number("batch-size"), number("accumulate-steps")];

if (values.measure === "parts") await print(await measureParts(await init()));
else if (values.measure === "step") await print(await measureStep(await init()));
else await compare();

async function measureStep(processes: Communicator): Promise<{ seconds: number }> {
  const step = { ...options, batchSize, accumulateSteps: microBatches };
  const { fastest: seconds } = await timeSteps(step, processes, number("steps"));
  return { seconds };
}

async function measureParts(processes: Communicator): Promise<Parts & { readonly link: Link }> {
  const own = microBatches / processes.size;
  const alone = async (accumulateSteps: number) => {
    const step = { ...options, accumulateSteps, batchSize: (batchSize / microBatches) * accumulateSteps };
    await processes.barrier();
    return timeSteps(step, ONE_PROCESS, number("steps"));
  };
  // All processes compute at once, as they do in a step; the slowest counts.
  const few = await alone(own);
  const many = await alone(2 * own);
  const times = Float64Array.of(few.fastest, many.fastest);
  await processes.allReduce(times, "max");
  const microBatch = (times[1] - times[0]) / own;
  return {
    ...{ microBatch, update: times[0] - own * microBatch, elements: few.elements },
    ...{ add: await perElement(add), encode: await perElement(encodeHalf), decode: perHalf() },
    link: await measureLink(processes),
  };
}

/** Seconds of an exchange with the next process, both ways at once, of nothing and of each byte. */
async function measureLink(processes: Communicator): Promise<Link> {
  const { rank, size } = processes;
  const time = async (bytes: number, times: number) => {
    const [send, receive] = [new Uint8Array(bytes), new Uint8Array(bytes)];
    const exchange = { to: (rank + 1) % size, from: (rank + size - 1) % size, send, receive };
    const all: number[] = [];
    for (let i = 0; i < times; i++) {
      await processes.barrier();
      const began = performance.now();
      await processes.sendReceive(exchange);
      all.push((performance.now() - began) / 1000);
    }
    const seconds = Float64Array.of(Math.min(...all));
    await processes.allReduce(seconds, "max");
    return seconds[0];
  };
  const bytes = 2 ** 25;
  const latency = await time(8, 50);
  return { latency, bytesPerSecond: bytes / ((await time(bytes, 7)) - latency) };
}

function add(values: Float32Array): void {
  const sum = new Float32Array(values.length);
  for (let i = 0; i < sum.length; i++) sum[i] += values[i];
}

function perElement(work: (values: Float32Array) => void): number {
  const values = Float32Array.from({ length: SAMPLE }, (_, i) => Math.sin(i));
  return timed(() => work(values)) / SAMPLE;
}

function perHalf(): number {
  const halves = encodeHalf(Float32Array.from({ length: SAMPLE }, (_, i) => Math.sin(i)));
  return timed(() => decodeHalf(halves)) / SAMPLE;
}

function timed(work: () => void): number {
  const all = Array.from({ length: 7 }, () => {
    const began = performance.now();
    work();
    return (performance.now() - began) / 1000;
  });
  return Math.min(...all);
}

async function print(result: object): Promise<void> {
  if ((await init()).rank === 0) console.log(JSON.stringify(result));
}

async function compare(): Promise<void> {
  const processes = number("processes");
  const rounds: { readonly predicted: number; readonly measured: number }[] = [];
  const all: (Parts & { readonly link: Link })[] = [];
  for (let round = 0; round < number("rounds"); round++) {
    const [parts] = await startProcesses<Parts & { readonly link: Link }>(processes, "--measure", "parts");
    const [{ seconds: measured }] = await startProcesses<{ seconds: number }>(processes, "--measure", "step");
    all.push(parts);
    rounds.push({ predicted: predict(parts, parts.link, processes), measured });
  }
  const [parts] = all.toSorted((a, b) => a.microBatch - b.microBatch).slice(all.length >> 1);
  const errors = rounds.map(({ predicted, measured }) => predicted / measured - 1);
  const result = {
    ...{ processes, net: values.net, batchSize, microBatches, compression: options.gradientCompression },
    ...{ date: new Date().toISOString().slice(0, 10), parts, rounds, error: median(errors) },
  };
  if (values.json) return console.log(JSON.stringify(result));
  const milli = (seconds: number) => `${(1000 * seconds).toFixed(1)} ms`;
  console.log(`${values.net}, ${microBatches} micro-batches of ${batchSize / microBatches}, ${result.date}`);
  console.log(`micro-batch ${milli(parts.microBatch)}, rest of a step ${milli(parts.update)}`);
  const speed = (8 * parts.link.bytesPerSecond) / 1e9;
  console.log(
    `link: ${milli(parts.link.latency)}, ${speed.toFixed(2)} Gbit/s; ${(parts.elements / 1e6).toFixed(1)} million gradients`,
  );
  for (const { predicted, measured } of rounds) {
    const error = (100 * (predicted / measured - 1)).toFixed(1);
    console.log(
      `step of ${processes} processes: ${milli(predicted)} predicted, ${milli(measured)} measured (${error} %)`,
    );
  }
  console.log(`error ${(100 * result.error).toFixed(1)} % in the median`);
}

function predict(parts: Parts, link: Link, processes: number): number {
  return stepSeconds(parts, link, { processes, microBatches, compression: options.gradientCompression });
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}
