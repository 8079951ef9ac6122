/**
 * Training steps in one process of several threads and in several processes of one thread each, in turns: images per
 * second, their ratio, and the share of the time in which processes exchange or wait for each other.
 *
 *     bun bench/mpi.ts [--processes 2] [--net resface20] [--gradient-compression float16] [--json]
 *
 * Needs mpirun. On a machine that others use only the ratio of neighbouring runs means something.
 */
import { parseArgs } from "node:util";
import { type Communicator, init } from "@amface/mpi";
import { timeSteps } from "./mpi-step.ts";
import { startProcesses } from "./start-processes.ts";

const { values } = parseArgs({
  options: {
    processes: { type: "string", default: "2" },
    net: { type: "string", default: "resface20" },
    "batch-size": { type: "string", default: "32" },
    "accumulate-steps": { type: "string", default: "4" },
    identities: { type: "string", default: "10000" },
    rounds: { type: "string", default: "5" },
    steps: { type: "string", default: "3" },
    "gradient-compression": { type: "string", default: "none" },
    threads: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const number = (name: "processes" | "batch-size" | "accumulate-steps" | "identities" | "rounds" | "steps") =>
  Number(values[name]);

/** What the processes of one run measured. */
interface Measured {
  readonly imagesPerSecond: number;
  /** Share of the time in which process 0 exchanged, or waited for others. */
  readonly exchange: number;
  /** Megabytes of gradients. */
  readonly megabytes: number;
  /** After one update. */
  readonly loss: number;
  readonly library: string;
}

if (values.threads) await measureHere(Number(values.threads));
else await compare();

async function compare(): Promise<void> {
  const processes = number("processes");
  const sides: Record<"one" | "several", Measured[]> = { one: [], several: [] };
  for (let round = 0; round < number("rounds"); round++) {
    sides.one.push(...(await startProcesses<Measured>(1, "--threads", String(processes))));
    sides.several.push(...(await startProcesses<Measured>(processes, "--threads", "1")));
  }
  for (const [i, { loss }] of sides.several.entries()) checkLoss(loss, sides.one[i].loss);
  const ratios = sides.several.map((run, i) => run.imagesPerSecond / sides.one[i].imagesPerSecond);
  const result = {
    ...{ processes, net: values.net, date: new Date().toISOString().slice(0, 10) },
    ...{ batchSize: number("batch-size"), accumulateSteps: number("accumulate-steps") },
    library: sides.several[0].library,
    megabytes: sides.several[0].megabytes,
    oneProcess: median(sides.one.map((run) => run.imagesPerSecond)),
    severalProcesses: median(sides.several.map((run) => run.imagesPerSecond)),
    ratio: median(ratios),
    ratios,
    loss: sides.several[0].loss,
    exchange: median(sides.several.map((run) => run.exchange)),
  };
  if (values.json) {
    console.log(JSON.stringify(result));
    return;
  }
  console.log(
    `${result.net}, batch ${result.batchSize} in ${result.accumulateSteps}, ${result.library}, ${result.date}`,
  );
  console.log(`1 process of ${processes} threads    ${result.oneProcess.toFixed(2)} images/s`);
  console.log(`${processes} processes of 1 thread   ${result.severalProcesses.toFixed(2)} images/s`);
  console.log(`ratio ${result.ratio.toFixed(3)} (${ratios.map((ratio) => ratio.toFixed(2)).join(" ")})`);
  console.log(
    `exchange of ${result.megabytes.toFixed(0)} MB and waits: ${(100 * result.exchange).toFixed(1)} % of the time`,
  );
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

/** Both sides have trained on the same images. @throws {Error} Where they have not come to the same. */
function checkLoss(loss: number, expected: number): void {
  const most = { none: 1e-3, float16: 1e-2 }[values["gradient-compression"] as "none" | "float16"];
  if (Math.abs(loss - expected) <= most * expected) return;
  throw new Error(`Cannot compare the two sides: expected the loss ${expected} of one process, got ${loss}`);
}

async function measureHere(threads: number): Promise<void> {
  const { processes, waited } = timed(await init());
  let before = 0;
  const options = {
    ...{ net: values.net, threads, batchSize: number("batch-size"), identities: number("identities") },
    accumulateSteps: number("accumulate-steps"),
    gradientCompression: values["gradient-compression"] as "none" | "float16",
  };
  const { seconds, elements, loss } = await timeSteps(options, processes, number("steps"), () => {
    before = waited();
  });
  if (processes.rank > 0) return;
  const measured: Measured = {
    imagesPerSecond: options.batchSize / seconds,
    exchange: (waited() - before) / 1000 / (seconds * number("steps")),
    megabytes: (4 * elements) / 1e6,
    loss,
    library: processes.library,
  };
  console.log(JSON.stringify(measured));
}

/**
 * The same processes, and a clock of the milliseconds from the end of each step's computation, when it gathers losses, to the
 * end of its second and last `allGather`, that of the sum of gradients.
 */
function timed(processes: Communicator): { processes: Communicator; waited: () => number } {
  let [gathered, since, sum] = [0, 0, 0];
  const get = (target: Communicator, name: keyof Communicator) => {
    const value = target[name];
    if (typeof value !== "function") return value;
    return (...args: never[]) => {
      const nth = name === "allGather" ? gathered++ : undefined;
      if (nth !== undefined && nth % 2 === 0) since = performance.now();
      const result = (value as (...args: never[]) => unknown).apply(target, args);
      if (nth === undefined || nth % 2 === 0 || !(result instanceof Promise)) return result;
      return result.finally(() => {
        sum += performance.now() - since;
      });
    };
  };
  return { processes: new Proxy(processes, { get: get as never }), waited: () => sum };
}
