/**
 * How well `filterByCentre` finds photos under a wrong name: some photos of a labelled set are moved to other
 * identities, drawn by a seed, and the filter's findings are compared with them. What is wrong in the set itself
 * counts against the filter, so the same is measured after the set's own farthest photos are left out.
 *
 *     bun bench/label-noise.ts --embeddings celeba.npy
 */
import { parseArgs } from "node:util";
import { type EmbeddingTable, filterByCentre, identityOf, Random } from "@amface/data";
import { readEmbeddings } from "../packages/cli/src/embeddings/read-embeddings.ts";

const { values } = parseArgs({
  options: {
    embeddings: { type: "string" },
    seeds: { type: "string", default: "3" },
    "clean-percentile": { type: "string", default: "94" },
  },
});
if (values.embeddings === undefined) throw new Error("Cannot measure: expected --embeddings FILE.npy");
const seeds = Array.from({ length: Number(values.seeds) }, (_, seed) => seed);

const whole = await readEmbeddings(values.embeddings);
const near = filterByCentre(whole, { percentile: Number(values["clean-percentile"]) });
const cleaned = select(
  whole,
  near.flatMap(({ keep }, row) => (keep ? [row] : [])),
);

console.log(`planted wrong labels found by their distance to the centre, means of ${seeds.length} seeds`);
for (const [name, table] of [
  ["whole set", whole],
  [`nearest ${values["clean-percentile"]} %`, cleaned],
] as const) {
  for (const share of [0.01, 0.03, 0.1]) {
    // The cut at the planted share, where precision and recall meet, and one that takes 3 % more.
    const [exact, wide] = [share, share + 0.03].map((cut) =>
      mean(seeds.map((seed) => measure(table, share, cut, seed))),
    );
    const show = ({ precision, recall }: Rates) =>
      `precision ${precision.toFixed(3)} recall ${recall.toFixed(3)}`;
    console.log(
      `  ${name}, ${table.paths.length} photos, ${100 * share} % planted: ` +
        `cut at ${100 * share} %: ${show(exact)}; at ${100 * share + 3} %: ${show(wide)}`,
    );
  }
}

interface Rates {
  readonly precision: number;
  readonly recall: number;
}

/** Moves a share of the photos to other identities, cuts off the farthest and compares. */
function measure(table: EmbeddingTable, share: number, cut: number, seed: number): Rates {
  const random = new Random("planted", seed);
  const identities = [...new Set(table.paths.map(identityOf))];
  const paths = [...table.paths];
  const count = Math.round(share * paths.length);
  const planted = new Set(random.permutation(paths.length).slice(0, count));
  for (const row of planted) {
    const own = identityOf(paths[row]);
    const other = random.pick(identities.filter((identity) => identity !== own));
    paths[row] = other + paths[row].slice(own.length);
  }
  const rows = filterByCentre({ ...table, paths }, { percentile: 100 * (1 - cut) });
  const found = rows.flatMap(({ keep }, row) => (keep ? [] : [row]));
  const right = found.filter((row) => planted.has(row)).length;
  return { precision: right / found.length, recall: right / count };
}

function mean(rates: readonly Rates[]): Rates {
  const of = (key: keyof Rates) => rates.reduce((sum, rate) => sum + rate[key], 0) / rates.length;
  return { precision: of("precision"), recall: of("recall") };
}

function select({ paths, data, size }: EmbeddingTable, rows: readonly number[]): EmbeddingTable {
  const kept = new Float32Array(rows.length * size);
  rows.forEach((row, i) => {
    kept.set(data.subarray(row * size, (row + 1) * size), i * size);
  });
  return { paths: rows.map((row) => paths[row]), data: kept, size };
}
