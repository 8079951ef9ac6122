/**
 * What the exchange of gradients costs two processes, and how much of it early sending hides: steps without any exchange, steps whose
 * messages begin after the last micro-batch, steps whose messages begin when they can, and such in float16, in turns in the
 * same processes. Beside the seconds of a step it counts those from the end of the last micro-batch's computation in
 * both processes to the sum of all gradients.
 *
 *     bun bench/overlap.ts [--accumulate-steps 12] [--images 4] [--net resface20] [--json]
 *     bash bench/two-hosts.sh 1gbit bun bench/overlap.ts
 *
 * Needs mpirun; `OMPI_MCA_btl=tcp,self` sends through TCP instead of shared memory.
 */
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { useEngine } from "@amface/engine";
import { type Communicator, init } from "@amface/mpi";
import { createNet, type NetName } from "@amface/nets";
import { createTrainState, type TrainBatch, trainStep } from "@amface/train";
import * as tf from "@tensorflow/tfjs";
import { startProcesses } from "./start-processes.ts";

const { values } = parseArgs({
  options: {
    net: { type: "string", default: "resface20" },
    /** Of both processes. */
    "accumulate-steps": { type: "string", default: "12" },
    /** Of a micro-batch. */
    images: { type: "string", default: "4" },
    identities: { type: "string", default: "10000" },
    rounds: { type: "string", default: "5" },
    /** What the link is called. */
    link: { type: "string", default: process.env.AMFACE_LINK ?? process.env.OMPI_MCA_btl ?? "shared memory" },
    here: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const PROCESSES = 2;
const [microBatches, images] = [Number(values["accumulate-steps"]), Number(values.images)];

/** How the processes exchange: not at all, from the last micro-batch on, as early as they can, and so in float16. */
const SIDES = ["none", "end", "early", "float16"] as const;
type Side = (typeof SIDES)[number];

/** Seconds of each step, and of what of it is exchange. */
type Measured = Record<Side, { readonly step: number[]; readonly exposed: number[] }> & { megabytes: number };

const percent = (share: number) => `${(100 * share).toFixed(0)} %`;

if (values.here) await measureHere();
else await compare();

async function compare(): Promise<void> {
  const [measured] = await startProcesses<Measured>(PROCESSES, "--here");
  const sides = SIDES.map((side) => {
    const { step, exposed } = measured[side];
    const efficiencies = step.map((seconds, round) => measured.none.step[round] / seconds);
    return {
      side,
      step: median(step),
      exposed: median(exposed),
      efficiency: median(efficiencies),
      efficiencies,
    };
  });
  const [, end, early] = sides;
  const result = {
    ...{
      date: new Date().toISOString().slice(0, 10),
      load: loadavg()[0],
      net: values.net,
      link: values.link,
    },
    ...{ processes: PROCESSES, microBatches, images, megabytes: measured.megabytes },
    ...{ sides, hidden: 1 - early.exposed / end.exposed },
  };
  if (values.json) return console.log(JSON.stringify(result));
  console.log(
    `${result.date}, load ${result.load.toFixed(1)}, ${values.net}, ${result.megabytes.toFixed(0)} MB of gradients, 2 processes, ` +
      `${microBatches} micro-batches of ${images}, ${values.link}`,
  );
  for (const { side, step, exposed, efficiency, efficiencies } of sides)
    console.log(
      `${side.padEnd(8)} ${step.toFixed(2)} s a step, ${exposed.toFixed(2)} s from computation to sum, efficiency ` +
        `${percent(efficiency)} (${efficiencies.map(percent).join(" ")})`,
    );
  console.log(`early sending hides ${percent(result.hidden)}`);
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

async function measureHere(): Promise<void> {
  const mpi = await init();
  await useEngine("onnx:cpu", { threads: 1 });
  const state = createTrainState(createNet(values.net as NetName, { seed: 1 }), Number(values.identities), {
    seed: 1,
  });
  const [height, width] = state.net.description.imageShape;
  const own = (images * microBatches) / PROCESSES;
  const photos = tf.randomNormal<tf.Rank.R4>([own, height, width, 3], 0, 1, "float32", 1);
  const labels = (size: number) => tf.tensor1d(Int32Array.from({ length: size }, (_, i) => i));
  const shared: TrainBatch = { images: photos, labels: labels(own * PROCESSES) };
  const alone: TrainBatch = { images: photos, labels: labels(own) };
  const watch = new Watch(mpi);
  const measured = {
    ...Object.fromEntries(SIDES.map((side) => [side, { step: [], exposed: [] }])),
    megabytes: state.trainable.reduce((sum, { variable }) => sum + (4 * variable.size) / 1e6, 0),
  } as unknown as Measured;
  const timeStep = async (side: Side) => {
    watch.begin(side === "end");
    mpi.barrierSync();
    const began = performance.now();
    const hyper = { learningRate: 1e-4, weightDecay: 5e-4 };
    if (side === "none") {
      await trainStep(state, alone, { ...hyper, accumulateSteps: microBatches / PROCESSES });
      mpi.barrierSync();
    } else {
      const gradientCompression = side === "float16" ? side : "none";
      const more = { accumulateSteps: microBatches, gradientCompression } as const;
      await trainStep(state, shared, { ...hyper, ...more }, { processes: watch.processes });
    }
    return { step: (performance.now() - began) / 1000, exposed: watch.exposed / 1000 };
  };
  for (let round = -1; round < Number(values.rounds); round++)
    for (const side of SIDES) {
      const { step, exposed } = await timeStep(side);
      if (round < 0) continue; // compiles
      measured[side].step.push(step);
      measured[side].exposed.push(exposed);
    }
  if (mpi.rank === 0) console.log(JSON.stringify(measured));
}

/**
 * The same processes, and the milliseconds from a step's first `allGather`, which follows its computation, to the end of
 * its second, which is that of the sum.
 */
class Watch {
  readonly processes: Communicator;
  exposed = 0;
  #atEnd = false;
  #gathered = 0;
  #since = 0;
  #release: () => void = () => {};
  #computed = Promise.resolve();

  constructor(mpi: Communicator) {
    const later =
      <T extends unknown[]>(call: (...args: T) => Promise<void>) =>
      async (...args: T) => {
        if (this.#atEnd) await this.#computed;
        return await call.apply(mpi, args);
      };
    const own: Partial<Communicator> = {
      send: later(mpi.send),
      receive: later(mpi.receive),
      allGather: async (array) => {
        if (this.#gathered++ === 0) {
          // Of those who wait for a slower one, the wait is no exchange.
          mpi.barrierSync();
          this.#since = performance.now();
          this.#release();
        }
        const all = await mpi.allGather(array);
        if (this.#gathered === 2) this.exposed = performance.now() - this.#since;
        return all;
      },
    };
    this.processes = new Proxy(mpi, {
      get: (target, name) => {
        const value = own[name as keyof Communicator] ?? target[name as keyof Communicator];
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  /** @param atEnd Whether the next step's messages begin only after its computation. */
  begin(atEnd: boolean): void {
    this.#atEnd = atEnd;
    this.#gathered = 0;
    this.exposed = 0;
    this.#computed = new Promise((resolve) => (this.#release = resolve));
  }
}
