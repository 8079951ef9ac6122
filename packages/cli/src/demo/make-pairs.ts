import { Random } from "@amface/data";
import type { Identity } from "@amface/files";

/**
 * Draws pairs the way LFW's View 2 is made: folds share no identity, and each has as many pairs of one
 * person as of two.
 *
 * @param identities People with photos named `name/name_0001.jpg`, at least two a fold and two photos each.
 * @returns The text of a pairs file with K folds of `pairsPerClass` same and `pairsPerClass` different pairs.
 * @throws {RangeError} When a fold has not so many different pairs.
 */
export function makePairs(
  identities: readonly Identity[],
  {
    folds,
    pairsPerClass,
    seed,
  }: { readonly folds: number; readonly pairsPerClass: number; readonly seed: number },
): string {
  const perFold = Math.floor(identities.length / folds);
  const rows = [`${folds}\t${pairsPerClass}`];
  for (let fold = 0; fold < folds; fold++) {
    const people = identities.slice(fold * perFold, (fold + 1) * perFold);
    const random = new Random(seed, "pairs", fold);
    const same = people.flatMap(({ name, files }) =>
      files.flatMap((_, i) => files.slice(0, i).map((_, j) => `${name}\t${j + 1}\t${i + 1}`)),
    );
    rows.push(...draw(same, pairsPerClass, random));
    const different = people.flatMap((a, p) =>
      people
        .slice(0, p)
        .flatMap((b) =>
          a.files.flatMap((_, i) => b.files.map((_, j) => `${a.name}\t${i + 1}\t${b.name}\t${j + 1}`)),
        ),
    );
    rows.push(...draw(different, pairsPerClass, random));
  }
  return `${rows.join("\n")}\n`;
}

function draw(pairs: readonly string[], count: number, random: Random): string[] {
  if (pairs.length < count) {
    throw new RangeError(
      `Cannot draw pairs: expected at least ${count} of a kind in each fold, got ${pairs.length}; take more identities or photos`,
    );
  }
  return Array.from(random.permutation(pairs.length).slice(0, count), (i) => pairs[i]);
}
