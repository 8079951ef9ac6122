/**
 * The tables of docs/scale.md: what the model of a step's cost says of more processes.
 *
 *     bun bench/mpi-table.ts --micro-batch 0.717 --elements 27.8e6 --images 16
 */
import { parseArgs } from "node:util";
import { type Parts, shardedHeadSeconds, stepSeconds } from "./mpi-model.ts";

const { values } = parseArgs({
  options: {
    "micro-batch": { type: "string", default: "0.717" },
    update: { type: "string", default: "0" },
    elements: { type: "string", default: "27.8e6" },
    images: { type: "string", default: "16" },
    "each-process": { type: "string", default: "4" },
    latency: { type: "string", default: "30e-6" },
  },
});
const number = (name: keyof typeof values) => Number(values[name]);

const parts: Parts = {
  ...{ microBatch: number("micro-batch"), update: number("update"), elements: number("elements") },
  ...{ add: 0.3e-9, encode: 4e-9, decode: 0.65e-9 },
};
const link = (gigabits: number) => ({ latency: number("latency"), bytesPerSecond: (gigabits * 1e9) / 8 });
const LINKS = [1, 10, 100];
const PROCESSES = [8, 16, 64, 256, 1024];
const each = number("each-process");
const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
const row = (...cells: readonly (string | number)[]) => console.log(`| ${cells.join(" | ")} |`);

row("processes", "images a step", ...LINKS.flatMap((speed) => [`${speed} Gbit/s`, `… float16`]));
row("---", "---", ...LINKS.flatMap(() => ["---", "---"]));
const alone = stepSeconds(parts, link(1), { processes: 1, microBatches: each, compression: "none" });
for (const processes of PROCESSES) {
  const efficiency = LINKS.flatMap((speed) =>
    (["none", "float16"] as const).map((compression) => {
      const shape = { processes, microBatches: each * processes, compression };
      return percent(alone / stepSeconds(parts, link(speed), shape));
    }),
  );
  row(processes, processes * each * number("images"), ...efficiency);
}

console.log("");
const [identities, embeddingSize] = [1e6, 512];
row("processes", "sharded: each process's head", ...LINKS.map((speed) => `${speed} Gbit/s`));
row("---", "---", ...LINKS.map(() => "---"));
for (const processes of PROCESSES) {
  const batchSize = processes * each * number("images");
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  const head = 4 * identities * embeddingSize;
  const seconds = LINKS.map((speed) =>
    shardedHeadSeconds(
      { identities, embeddingSize, batchSize, microBatches: processes * each },
      link(speed),
      processes,
    ),
  );
  row(processes, megabytes((2 * head) / processes), ...seconds.map((time) => `${time.toFixed(2)} s`));
}
