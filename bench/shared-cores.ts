/**
 * A training step of --net where other programs want the cores, at each of --loads processes that never rest: threads that
 * wait for each other spinning, sleeping, and as amface chooses by itself, each side in a process of its own, in turns.
 *
 *     bun bench/shared-cores.ts --loads 0,4,9
 */
import { type ChildProcess, spawn } from "node:child_process";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { usableCores } from "@amface/tfjs-backend-onnx";
import { Peer } from "./peers/peer.ts";

const { values } = parseArgs({
  options: {
    net: { type: "string", default: "resface20" },
    "batch-size": { type: "string", default: "16" },
    loads: { type: "string", default: "0,4,9" },
    rounds: { type: "string", default: "5" },
    steps: { type: "string", default: "2" },
    json: { type: "boolean", default: false },
  },
});
const SIDES = ["on", "off", "auto"] as const;
const [rounds, steps, batchSize] = [values.rounds, values.steps, values["batch-size"]].map(Number);
const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Milliseconds for which threads must find the cores free, or taken, before the choice by itself follows. */
const SETTLE = 65_000;

/** Milliseconds after which the threads of the side before have stopped spinning. */
const REST = 500;

interface Row {
  readonly load: number;
  /** Images a second by each side, medians. */
  readonly imagesPerSecond: Readonly<Record<(typeof SIDES)[number], number>>;
  /** What was chosen in the end, and why. */
  readonly chosen: string;
}

async function measure(load: number): Promise<Row> {
  const others: ChildProcess[] = Array.from({ length: load }, () =>
    spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" }),
  );
  const args = ["--net", values.net, "--batch-size", values["batch-size"], "--identities", "1000"];
  const command = [process.execPath, ...process.execArgv];
  const rates = { on: [] as number[], off: [] as number[], auto: [] as number[] };
  try {
    const peers = new Map<(typeof SIDES)[number], Peer>();
    for (const side of SIDES) {
      const peer = await Peer.start("amface-train-step.ts", [...args, "--spinning", side], command);
      await peer.run(3);
      peers.set(side, peer);
    }
    // A side that waits its turn is one more process that does nothing; only the load counts.
    if (load === 0) await pause(SETTLE);
    for (const peer of peers.values()) await peer.run(1);
    for (let round = 0; round < rounds; round++)
      for (const [side, peer] of peers) {
        await pause(REST);
        rates[side].push((steps * batchSize) / (await peer.run(steps)));
      }
    const chosen = await peers.get("auto")!.ask("threading");
    for (const peer of peers.values()) await peer.stop();
    const [on, off, auto] = SIDES.map((side) => median(rates[side]));
    return { load, imagesPerSecond: { on, off, auto }, chosen };
  } finally {
    for (const other of others) other.kill("SIGKILL");
  }
}

const rows: Row[] = [];
for (const load of values.loads.split(",").map(Number)) rows.push(await measure(load));
if (values.json) console.log(JSON.stringify(rows, null, 2));
else {
  console.log(
    `training ${values.net}, batch ${batchSize}, images/s, medians of ${rounds} rounds of ${steps}; ` +
      `${new Date().toISOString().slice(0, 10)}, ${usableCores()} cores, ${cpus()[0].model.trim()}\n`,
  );
  console.log("| other busy processes | spinning | sleeping | by itself | chosen in the end |");
  console.log("| --- | --- | --- | --- | --- |");
  for (const { load, imagesPerSecond, chosen } of rows) {
    const cells = SIDES.map((side) => imagesPerSecond[side].toFixed(1));
    console.log(`| ${[load, ...cells, chosen].join(" | ")} |`);
  }
}
