/**
 * How much of the exchange of gradients is hidden behind the computation of micro-batches: training steps in two processes,
 * in turns with messages that begin after the last micro-batch, and with those that begin when they can. Counted is the time
 * from the end of the last micro-batch's computation to the sum of all gradients.
 *
 *     bun bench/overlap.ts [--accumulate-steps 6] [--net resface20] [--json]
 *
 * Needs mpirun; `OMPI_MCA_btl=tcp,self` sends through TCP instead of shared memory.
 */
import { parseArgs } from "node:util";
import { useEngine } from "@amface/engine";
import { type Communicator, init } from "@amface/mpi";
import { createNet, type NetName } from "@amface/nets";
import { createTrainState, trainStep } from "@amface/train";
import * as tf from "@tensorflow/tfjs";
import { startProcesses } from "./start-processes.ts";

const { values } = parseArgs({
  options: {
    net: { type: "string", default: "resface20" },
    "accumulate-steps": { type: "string", default: "6" },
    identities: { type: "string", default: "10000" },
    rounds: { type: "string", default: "5" },
    steps: { type: "string", default: "3" },
    when: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const PROCESSES = 2;
const microBatches = Number(values["accumulate-steps"]);

/** What one run measured: milliseconds of each step from the end of the computation to the sum. */
interface Measured {
  readonly exposed: readonly number[];
  readonly megabytes: number;
}

if (values.when) await measureHere(values.when === "end");
else await compare();

async function compare(): Promise<void> {
  const sides: Record<"end" | "early", Measured[]> = { end: [], early: [] };
  for (let round = 0; round < Number(values.rounds); round++)
    for (const when of ["end", "early"] as const)
      sides[when].push(...(await startProcesses<Measured>(PROCESSES, "--when", when)));
  const [exposedAtEnd, exposed] = [sides.end, sides.early].map((runs) =>
    median(runs.flatMap((run) => run.exposed)),
  );
  const result = {
    ...{ date: new Date().toISOString().slice(0, 10), net: values.net, processes: PROCESSES, microBatches },
    ...{ transport: process.env.OMPI_MCA_btl ?? "shared memory", megabytes: sides.early[0].megabytes },
    ...{ exposedAtEnd, exposed, hidden: 1 - exposed / exposedAtEnd },
  };
  if (values.json) return console.log(JSON.stringify(result));
  console.log(
    `${result.date}, ${values.net}, ${result.megabytes.toFixed(0)} MB of gradients, 2 processes, ${microBatches} micro-batches, ` +
      `${result.transport}: from computation to sum ${exposedAtEnd.toFixed(0)} ms where messages begin at the end, ` +
      `${exposed.toFixed(0)} ms where they begin early: ${(100 * result.hidden).toFixed(0)} % hidden`,
  );
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

async function measureHere(atEnd: boolean): Promise<void> {
  const mpi = await init();
  await useEngine("onnx:cpu", { threads: 1 });
  const identities = Number(values.identities);
  const state = createTrainState(createNet(values.net as NetName, { seed: 1 }), identities, { seed: 1 });
  const [height, width] = state.net.description.imageShape;
  const batchSize = 2 * microBatches;
  const images = tf.randomNormal<tf.Rank.R4>([batchSize / PROCESSES, height, width, 3], 0, 1, "float32", 1);
  const labels = tf.tensor1d(
    Int32Array.from({ length: batchSize }, (_, i) => i),
    "int32",
  );
  const { processes, exposed } = watched(mpi, atEnd);
  const hyper = { learningRate: 0.01, weightDecay: 5e-4, accumulateSteps: microBatches };
  for (let i = 0; i < 2 + Number(values.steps); i++) {
    await mpi.barrier();
    await trainStep(state, { images, labels }, hyper, { processes });
  }
  if (mpi.rank > 0) return;
  const elements = state.trainable.reduce((sum, { variable }) => sum + variable.size, 0);
  const measured: Measured = { exposed: exposed.slice(2), megabytes: (4 * elements) / 1e6 };
  console.log(JSON.stringify(measured));
}

/**
 * The same processes, and the milliseconds from each step's first `allGather`, which follows its computation, to the end of
 * its second, which is that of the sum.
 *
 * @param atEnd Whether messages begin only then, and move only while they are waited for.
 */
function watched(mpi: Communicator, atEnd: boolean): { processes: Communicator; exposed: number[] } {
  const exposed: number[] = [];
  let [gathered, since] = [0, 0];
  let begin: () => void = () => {};
  let ended = new Promise<void>((resolve) => (begin = resolve));
  const later =
    <T extends unknown[]>(call: (...args: T) => Promise<void>) =>
    async (...args: T) => {
      if (atEnd) await ended;
      return await call.apply(mpi, args);
    };
  const own: Partial<Communicator> = {
    send: later(mpi.send),
    receive: later(mpi.receive),
    keepMoving: () => {
      if (!atEnd) mpi.keepMoving();
    },
    async allGather(array) {
      if (gathered++ % 2 === 0) {
        // Of those who wait for a slower one, the wait is no exchange.
        mpi.barrierSync();
        since = performance.now();
        begin();
        ended = new Promise((resolve) => (begin = resolve));
      }
      const all = await mpi.allGather(array);
      if (gathered % 2 === 0) exposed.push(performance.now() - since);
      return all;
    },
  };
  const processes = new Proxy(mpi, {
    get: (target, name) => {
      const value = own[name as keyof Communicator] ?? target[name as keyof Communicator];
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { processes, exposed };
}
