import type { DistanceTable } from "../pairs/distance-table.ts";
import type { LocatedPair } from "../pairs/locate-among.ts";
import { squaredDistances } from "./distances.ts";
import type { Embeddings } from "./embeddings.ts";

/**
 * Distances of pairs, with their folds and, where they are known, photos and people: what `evaluate`, `bootstrap`,
 * `compareModels` and reports take.
 *
 * @param located What `locatePhotos` or `readBin` gives.
 * @throws {RangeError} When a row is out of range, or an embedding is not finite or all zero.
 */
export function measurePairs(
  embeddings: Embeddings,
  located: {
    readonly pairs: readonly LocatedPair[];
    readonly photos?: readonly string[];
    readonly identities?: readonly string[];
  },
): DistanceTable {
  const { pairs, photos, identities } = located;
  const both = (names: readonly string[]) => pairs.map(({ a, b }) => [names[a], names[b]] as const);
  return {
    distances: squaredDistances(embeddings, pairs),
    issame: pairs.map(({ same }) => same),
    folds: pairs.map(({ fold }) => fold),
    ...(photos && { photos: both(photos) }),
    ...(identities && { identities: both(identities) }),
  };
}
