/**
 * Pairs of the people whom `amface train --validation-identities N --seed S` holds out of a folder of crops, as
 * `amface eval --lfw-pairs` reads them: those of one person, and different ones drawn by the seed.
 *
 *     bun bench/embedder/held-out-pairs.ts --data-dir crops --identities 60 --seed 1 --output held-out.txt
 */
import { parseArgs } from "node:util";
import { identityFolder, Random, readExclusions, splitIdentities } from "@amface/data";
import { writeFileAtomic } from "@amface/files";

const { values } = parseArgs({
  options: {
    "data-dir": { type: "string", default: "crops" },
    identities: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
    // Left out after the people are chosen: photos that are labelled wrong, say.
    without: { type: "string" },
    same: { type: "string", default: "10000" },
    different: { type: "string", default: "100000" },
    output: { type: "string", default: "held-out.txt" },
  },
});
const seed = Number(values.seed);

const source = await identityFolder(values["data-dir"]);
const { heldOut } = splitIdentities(source, Number(values.identities), seed, { minPhotos: 2 });
const people =
  values.without === undefined
    ? heldOut
    : await heldOut.exclude(await readExclusions(values.without), { onUnmatched: () => {} });
const photos = (await people.list()).map(({ path, label }) => {
  const [identity, photo] = path.split("/").slice(-2);
  return { name: `${identity}/${photo}`, label };
});

const random = new Random("held-out pairs", seed);
const together = photos.flatMap((b, i) =>
  photos.slice(0, i).flatMap((a) => (a.label === b.label ? [`${a.name} ${b.name}`] : [])),
);
const same = Array.from(random.permutation(together.length), (i) => together[i]).slice(
  0,
  Number(values.same),
);
const apart = new Set<string>();
while (apart.size < Number(values.different)) {
  const [a, b] = [random.pick(photos), random.pick(photos)].sort((x, y) => x.label - y.label);
  if (a.label !== b.label) apart.add(`${a.name} ${b.name}`);
}

await writeFileAtomic(
  values.output,
  [...same.map((pair) => `${pair} 1\n`), ...[...apart].map((pair) => `${pair} 0\n`)].join(""),
);
console.log(
  `${same.length} pairs of one person and ${apart.size} of two, of ${people.identities.length} people with ` +
    `${photos.length} photos, in ${values.output}`,
);
