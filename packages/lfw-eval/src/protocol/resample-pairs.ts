import { identityCodes } from "../distances/identity-codes.ts";
import type { DistanceTable } from "../pairs/distance-table.ts";

/** People below whom resamples say nothing: most that lack a class are drawn anew, and those left are much the same. */
export const FEWEST_PEOPLE = 5;

/** The fewest people that the intervals' coverage was counted with (`bench/calibrate.ts`). */
const FEW_PEOPLE = 20;

/** People of a table; undefined where it does not know them. */
export function countPeople({ identities }: Pick<DistanceTable, "identities">): number | undefined {
  return identities && new Set(identities.flat()).size;
}

/**
 * Whether resamples of a table's people can show how uncertain its rates are: not where those who have pairs of one class are
 * fewer than `FEWEST_PEOPLE`.
 */
export function canResample({ issame, identities }: Pick<DistanceTable, "issame" | "identities">): boolean {
  if (identities === undefined) return true;
  return [true, false].every(
    (of) => new Set(identities.filter((_, p) => issame[p] === of).flat()).size >= FEWEST_PEOPLE,
  );
}

/** What to keep in mind of intervals that rest on few people; nothing where they are enough, or not known. */
export function peopleWarnings(table: Pick<DistanceTable, "issame" | "identities">): string[] {
  const people = countPeople(table);
  if (people === undefined) return [];
  if (!canResample(table)) {
    return [
      `there are no intervals: they need pairs of ${FEWEST_PEOPLE} people or more in each class, and there are ${people} people in all; ` +
        "nobody can tell how far off the rates are for others",
    ];
  }
  if (people >= FEW_PEOPLE) return [];
  return [
    `the intervals rest on ${people} people: with fewer than ${FEW_PEOPLE} nobody counted how often they are right`,
  ];
}

/**
 * Draws people with replacement, or pairs of each class where the table has no identities.
 *
 * @returns A function whose every call gives how often each pair counts in one more resample; the next call overwrites
 *   the list. Resamples that leave a class empty are drawn anew.
 */
export function resamplePairs(
  { issame, identities }: DistanceTable,
  draw: (n: number) => number,
): () => Uint32Array {
  const weights = new Uint32Array(issame.length);
  const redraw =
    identities === undefined ? byPair(issame, weights, draw) : byPerson(issame, identities, weights, draw);
  return () => {
    for (let attempt = 0; attempt < 100; attempt++) {
      redraw();
      let [same, different] = [false, false];
      for (let p = 0; p < weights.length; p++) {
        if (weights[p] === 0) continue;
        if (issame[p]) same = true;
        else different = true;
      }
      if (same && different) return weights;
    }
    throw new RangeError(
      "Cannot resample pairs: expected enough people for both classes in a resample, got too few",
    );
  };
}

function byPair(issame: readonly boolean[], weights: Uint32Array, draw: (n: number) => number): () => void {
  const classes = [true, false].map((of) => issame.flatMap((same, p) => (same === of ? [p] : [])));
  return () => {
    weights.fill(0);
    for (const pairs of classes) for (let i = 0; i < pairs.length; i++) weights[pairs[draw(pairs.length)]]++;
  };
}

function byPerson(
  issame: readonly boolean[],
  identities: NonNullable<DistanceTable["identities"]>,
  weights: Uint32Array,
  draw: (n: number) => number,
): () => void {
  const { codes, members } = identityCodes(identities.flat());
  const drawn = new Uint32Array(members.length);
  return () => {
    drawn.fill(0);
    for (let i = 0; i < drawn.length; i++) drawn[draw(drawn.length)]++;
    for (let p = 0; p < weights.length; p++) {
      const a = drawn[codes[2 * p]];
      weights[p] = issame[p] ? a : a * drawn[codes[2 * p + 1]];
    }
  };
}
