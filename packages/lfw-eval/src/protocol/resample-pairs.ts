import { identityCodes } from "../distances/identity-codes.ts";
import type { DistanceTable } from "../pairs/distance-table.ts";

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
