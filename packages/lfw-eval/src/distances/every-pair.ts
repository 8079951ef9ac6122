import type { DistanceTable } from "../pairs/distance-table.ts";
import type { Embeddings } from "./embeddings.ts";
import { countEmbeddings } from "./embeddings.ts";
import { requireIdentities } from "./identity-codes.ts";
import { measurePairs } from "./measure-pairs.ts";

/** Photos whose pairs are two million, which take half a minute to resample. */
const MOST = 2000;

/**
 * Every photo with every other, as a table that tells who they show: what `makeThresholdCard` takes of a few hundred photos.
 * Many more are for `allPairDistances`, whose pairs nobody can resample.
 *
 * @param identities Who each embedding is of.
 * @throws {RangeError} When identities and embeddings differ in number, there are more than 2,000, all pairs are of one
 *   class, or an embedding is not finite or all zero.
 */
export function everyPair(embeddings: Embeddings, identities: readonly string[]): DistanceTable {
  const count = countEmbeddings(embeddings);
  requireIdentities(identities, count);
  checkEveryPair(identities);
  const pairs = identities.flatMap((identity, b) =>
    Array.from({ length: b }, (_, a) => ({ a, b, same: identities[a] === identity, fold: 0 })),
  );
  const { folds: _, ...table } = measurePairs(embeddings, { pairs, identities });
  return table;
}

/**
 * Checks that `everyPair` can take photos, before they are embedded.
 *
 * @throws {RangeError} When there are more than 2,000, or all pairs are of one class.
 */
export function checkEveryPair(identities: readonly string[]): void {
  const count = identities.length;
  if (count > MOST) {
    throw new RangeError(
      `Cannot compare every pair: expected at most ${MOST} photos, got ${count}; list the pairs to compare`,
    );
  }
  const people = new Set(identities).size;
  if (people < 2 || people === count) {
    throw new RangeError(
      `Cannot compare every pair: expected two people or more, one of them by two photos or more, got ${count} photos of ` +
        `${people} people`,
    );
  }
}
