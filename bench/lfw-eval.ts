/**
 * The LFW evaluation of 6,000 distances beside the usual way in NumPy, in turns; and all pairs of embeddings at the
 * size of BLUFR, from embeddings to rates.
 *
 *     bun bench/lfw-eval.ts [--distances FILE] [--embeddings 10001] [--size 512]
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Random } from "@amface/data";
import {
  allPairDistances,
  areaUnder,
  type DistanceTable,
  equalErrorRate,
  evaluate,
  readDistances,
  sortedRoc,
  sortedTarAtFar,
} from "@amface/lfw-eval";
import { Peer } from "./peers/peer.ts";

const { values } = parseArgs({
  options: {
    distances: { type: "string" },
    rounds: { type: "string", default: "5" },
    embeddings: { type: "string", default: "10001" },
    size: { type: "string", default: "512" },
  },
});
const rounds = Number(values.rounds);
const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const runtime = process.versions.bun ? `Bun ${process.versions.bun}` : `Node ${process.version}`;
console.log(`${cpus()[0].model.trim()}, ${runtime}, ${new Date().toISOString().slice(0, 10)}`);

// BLUFR's size first: the highest memory of this process is then that of this part.
const people = Math.ceil(Number(values.embeddings) / 2.3); // photos a person in BLUFR's test sets
const size = Number(values.size);
const random = new Random("bench", 1);
const identities = Array.from({ length: Number(values.embeddings) }, (_, i) => i % people);
const data = new Float32Array(identities.length * size);
for (let i = 0; i < data.length; i++) data[i] = random.next() - 0.5;
// Photos of one person lean the same way.
for (let row = people; row < identities.length; row++) {
  for (let d = 0; d < size; d++) data[row * size + d] += 0.5 * data[(row % people) * size + d];
}
const start = performance.now();
const sorted = allPairDistances({ data, size }, identities);
const compared = performance.now();
const roc = sortedRoc(sorted);
const rates = sortedTarAtFar(sorted, [1e-3, 1e-4]);
const [auc, eer] = [areaUnder(roc), equalErrorRate(roc)];
const end = performance.now();
const pairs = sorted.same.length + sorted.different.length;
console.log(
  `All pairs of ${identities.length} embeddings of ${size} values, ${(pairs / 1e6).toFixed(1)} million (${sorted.same.length} same): ` +
    `${((end - start) / 1000).toFixed(1)} s, of which ${((compared - start) / 1000).toFixed(1)} s distances and sorting; ` +
    `peak memory ${(process.resourceUsage().maxRSS / 2 ** 20).toFixed(2)} GiB`,
);
console.log(
  `  VR ${rates.map(({ far, tar }) => `${tar!.toFixed(4)} at FAR ${far}`).join(", ")}; AUC ${auc.toFixed(5)}, EER ${eer.toFixed(5)}`,
);

/** Two normal distributions of cosines, in the order of LFW's pairs. */
function simulate(): DistanceTable {
  const issame = Array.from({ length: 6000 }, (_, p) => p % 600 < 300);
  const cosines = issame.map((same) => (same ? 0.6 : 0.05) + 0.15 * random.normal());
  return { distances: Float64Array.from(cosines, (c) => 2 - 2 * Math.max(-1, Math.min(1, c))), issame };
}

const { distances, issame } = values.distances ? await readDistances(values.distances) : simulate();
const folder = await mkdtemp(join(tmpdir(), "amface-bench-"));
try {
  const file = join(folder, "distances.csv");
  await writeFile(file, issame.map((same, p) => `${same ? 1 : 0},${distances[p]}\n`).join(""));
  const peer = await Peer.start("numpy_lfw.py", [file]);
  const theirs = JSON.parse(peer.version) as { version: string; accuracy: number; val: number; auc: number };
  const ours = evaluate(distances, issame);
  for (const [name, a, b] of [
    ["accuracy", ours.accuracy.mean, theirs.accuracy],
    ["VAL", ours.val.mean, theirs.val],
    ["AUC", ours.auc, theirs.auc],
  ] as const) {
    if (Math.abs(a - b) > 1e-4) throw new Error(`Cannot compare speeds: ${name} is ${a} here and ${b} there`);
  }
  const [here, there]: number[][] = [[], []];
  for (let round = 0; round < rounds; round++) {
    there.push(await peer.run(1));
    for (let i = 0; i < 20; i++) {
      const began = performance.now();
      evaluate(distances, issame);
      here.push((performance.now() - began) / 1000);
    }
  }
  peer.stop();
  const ratios = there.map((seconds, i) => seconds / median(here.slice(20 * i, 20 * i + 20)));
  console.log(
    `LFW, ${issame.length} pairs, 10 folds: amface ${(1000 * median(here)).toFixed(2)} ms, NumPy ${theirs.version} ` +
      `${(1000 * median(there)).toFixed(0)} ms, ratio ${median(ratios).toFixed(0)} (medians of ${rounds} rounds; single rounds ` +
      `${Math.min(...ratios).toFixed(0)} to ${Math.max(...ratios).toFixed(0)}); the same accuracy ${ours.accuracy.mean.toFixed(4)}, ` +
      `VAL ${ours.val.mean.toFixed(4)}, AUC ${ours.auc.toFixed(4)}`,
  );
} finally {
  await rm(folder, { recursive: true });
}
