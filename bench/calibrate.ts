/**
 * How often the FAR that a threshold card promises holds for other people: a hundred times, about 200 photos of some people
 * are drawn from a large set, a card is made of them as `amface calibrate --dir` makes it, and the threshold's FAR is measured on
 * all pairs of everybody else. The interval of the card should hold it about 95 times. Beside it, the interval that counts
 * the pairs as if they were independent: 1.96 standard errors of the logarithm of a rate of so many false accepts.
 *
 *     bun bench/calibrate.ts --embeddings celeba.npy
 */
import { parseArgs } from "node:util";
import { identityOf } from "@amface/data";
import { readEmbeddings } from "../packages/cli/src/embeddings/read-embeddings.ts";
import { type DrawnThreshold, drawThresholds } from "./calibrate/coverage.ts";

const { values } = parseArgs({
  options: {
    embeddings: { type: "string" },
    draws: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    /** People times photos of each. */
    designs: { type: "string", default: "40x5,20x10" },
    replicates: { type: "string", default: "1000" },
    /** Print each draw. */
    each: { type: "boolean", default: false },
  },
});
if (values.embeddings === undefined) throw new Error("Cannot measure: expected --embeddings FILE.npy");
const { paths, ...embeddings } = await readEmbeddings(values.embeddings);
const identities = paths.map(identityOf);
const draws = Number(values.draws);
console.log(
  `${paths.length} photos of ${new Set(identities).size} people, ${draws} draws, intervals of 95 %, ` +
    `Bun ${process.versions.bun ?? "-"}, ${new Date().toISOString().slice(0, 10)}\n\n` +
    "| drawn | FAR | realised FAR inside | below | above | interval, medians | realised FAR, median and 5 to 95 % | inside binomial |\n" +
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
);
const FARS = [1e-2, 1e-3];
const designs = values.designs.split(",").map((design) => {
  const [people, photosEach] = design.split("x").map(Number);
  const [seed, replicates] = [Number(values.seed), Number(values.replicates)];
  return { people, photosEach, draws, fars: FARS, seed, replicates };
});
for (const [i, all] of drawThresholds(embeddings, identities, designs).entries()) {
  const { people, photosEach } = designs[i];
  const name = `${people} people, up to ${photosEach} photos each`;
  for (const far of FARS)
    printRow(
      name,
      all.filter((one) => one.far === far),
    );
}

function printRow(drawn: string, list: readonly DrawnThreshold[]): void {
  if (list.length === 0) return;
  const far = list[0].far;
  const count = (holds: (one: DrawnThreshold) => boolean) => list.filter(holds).length;
  const below = count(({ realised, farInterval }) => realised < farInterval[0]);
  const above = count(({ realised, farInterval }) => realised > farInterval[1]);
  const at = (of: (one: DrawnThreshold) => number, share: number) => {
    const sorted = list.map(of).sort((a, b) => a - b);
    return sorted[Math.round(share * (sorted.length - 1))].toExponential(1);
  };
  const realised = (one: DrawnThreshold) => one.realised;
  const [low, high] = [0, 1].map((end) => at(({ farInterval }) => farInterval[end], 0.5));
  const binomial = count(({ photos, people, realised }) => {
    const accepts = (far * photos * (photos - photos / people)) / 2;
    return Math.abs(Math.log(Math.max(realised, 1e-9) / far)) <= 1.96 / Math.sqrt(accepts);
  });
  console.log(
    `| ${drawn} | ${far.toExponential(0)} | ${list.length - below - above} of ${list.length} | ${below} | ${above} | ` +
      `${low} to ${high} | ${at(realised, 0.5)}, ${at(realised, 0.05)} to ${at(realised, 0.95)} | ${binomial} |`,
  );
  if (!values.each) return;
  for (const { threshold, farInterval, realised } of list) {
    const inside = farInterval[0] <= realised && realised <= farInterval[1] ? "inside" : "outside";
    console.log(
      `    ${threshold.toFixed(4)}  ${farInterval.map((end) => end.toExponential(2)).join(" to ")}  ${realised.toExponential(2)}  ${inside}`,
    );
  }
}
