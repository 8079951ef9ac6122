/**
 * Generated faces a second, drawn, encoded as JPEG and written to disk, by number of threads, in turns.
 *
 *     bun bench/generate-faces.ts
 */
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { FACE_VERSION, generateFaces } from "@amface/data";

const { values } = parseArgs({
  options: {
    faces: { type: "string", default: "1000" },
    rounds: { type: "string", default: "3" },
    size: { type: "string", default: "128" },
  },
});
const [faces, rounds, size] = [Number(values.faces), Number(values.rounds), Number(values.size)];
const threads = availableParallelism();
const WORKERS = [0, 1, threads];

interface Cost {
  /** Faces a second, the threads' start included. */
  readonly rate: number;
  /** Milliseconds of processor time a face, of all threads: what other work on the machine does not change much. */
  readonly processor: number;
}

async function measure(workers: number): Promise<Cost> {
  const dir = await mkdtemp(join(tmpdir(), "amface-bench-"));
  const [start, before] = [performance.now(), process.cpuUsage()];
  await generateFaces(dir, { identities: faces / 20, photos: 20, size, workers });
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - start) / 1000;
  await rm(dir, { recursive: true });
  return { rate: faces / seconds, processor: (user + system) / 1000 / faces };
}

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

for (const workers of WORKERS) await measure(workers);
const costs = new Map(WORKERS.map((workers) => [workers, [] as Cost[]]));
for (let round = 0; round < rounds; round++) {
  for (const workers of WORKERS) costs.get(workers)!.push(await measure(workers));
}

const { bun, node } = process.versions;
console.log(
  `generated faces, ${size}×${size}, version ${FACE_VERSION}, ${faces} a round, medians of ${rounds} rounds; ` +
    `${threads} threads, ${cpus()[0].model.trim()}, ${bun ? `Bun ${bun}` : `Node ${node}`}, ${new Date().toISOString().slice(0, 10)}`,
);
const base = median(costs.get(0)!.map(({ rate }) => rate));
for (const [workers, measured] of costs) {
  const rates = measured.map(({ rate }) => rate);
  const rate = median(rates);
  console.log(
    `  ${`${workers} worker threads`.padEnd(18)} ${rate.toFixed(0).padStart(5)} faces/s   ratio ${(rate / base).toFixed(2)}   ` +
      `${median(measured.map(({ processor }) => processor)).toFixed(2)} ms of processor time a face   ` +
      `(single rounds ${Math.min(...rates).toFixed(0)} to ${Math.max(...rates).toFixed(0)} faces/s)`,
  );
}
