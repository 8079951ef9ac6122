import { describePerson, likeness, type Person, type Units } from "./likeness.ts";

/** Who the identities of a table are, and what their photos and those of others are like. */
export interface Cores {
  readonly people: readonly Person[];
  /** The place in `people` of each row's identity. */
  readonly personOf: Int32Array;
  /** Likeness of each row to the rest of its identity's core; NaN where there is no rest. */
  readonly own: Float64Array;
  /** Likeness that 99 of 100 photos stay below with an identity that is not theirs. */
  readonly limit: number;
}

/** Rounds in which photos unlike the rest leave the core. */
const ROUNDS = 4;
/** Share of photos and other identities whose likeness is below the limit. */
const STRANGERS = 0.99;
/** Pairs of a photo and another identity that are drawn at most. */
const DRAWN = 50_000;

/**
 * Finds what each identity's photos have in common, by turns of describing it and leaving out of the description what is unlike it.
 *
 * @param groups Rows of each identity.
 */
export function findCores(
  embeddings: Units,
  groups: ReadonlyMap<string, readonly number[]>,
  typical: number,
): Cores {
  const count = embeddings.units.length / embeddings.size;
  const personOf = new Int32Array(count);
  [...groups.values()].forEach((rows, p) => {
    for (const row of rows) personOf[row] = p;
  });
  const inCore = new Uint8Array(count).fill(1);
  for (let round = 1; ; round++) {
    const people = [...groups].map(([identity, rows]) =>
      describePerson(embeddings, { identity, rows, core: rows.filter((row) => inCore[row]) }, typical),
    );
    const own = Float64Array.from(
      personOf,
      (p, row) => likeness(embeddings, row, people[p], inCore[row] === 1) ?? Number.NaN,
    );
    const limit = strangersLimit(embeddings, people, personOf);
    if (round === ROUNDS) return { people, personOf, own, limit };
    own.forEach((value, row) => {
      inCore[row] = Number(!(value < limit));
    });
  }
}

function strangersLimit(embeddings: Units, people: readonly Person[], personOf: Int32Array): number {
  const known = people.flatMap(({ core }, p) => (core.length > 2 ? [p] : []));
  const among = known.length > 1 ? known : [...people.keys()];
  const found: number[] = [];
  const step = Math.max(1, Math.floor(personOf.length / DRAWN));
  for (let row = 0, at = 0; row < personOf.length; row += step, at++) {
    // A stride that meets all identities in turn, far from a row's neighbours.
    const p = among[(at * 7919 + (at >> 3)) % among.length];
    if (p === personOf[row]) continue;
    const value = likeness(embeddings, row, people[p], false);
    if (value !== undefined) found.push(value);
  }
  if (found.length === 0) return 0;
  found.sort((a, b) => a - b);
  return Math.max(0, found[Math.floor(STRANGERS * (found.length - 1))]);
}
