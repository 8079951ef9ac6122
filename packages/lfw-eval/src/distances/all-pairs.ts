import { cosineBlocks } from "./cosine-blocks.ts";
import { countEmbeddings, type Embeddings } from "./embeddings.ts";
import { identityCodes, requireIdentities } from "./identity-codes.ts";
import type { SortedDistances } from "./sorted-distances.ts";
import { unitRows } from "./unit-rows.ts";

/**
 * Squared distances of every embedding to every other, as BLUFR compares them (Liao et al., IJCB 2014): 10,000
 * embeddings are 50 million pairs, whose distances take 4 bytes each.
 *
 * @param identities Who each embedding is of: pairs of one identity are the same pairs.
 * @param rows Row numbers of the embeddings to compare (default all).
 * @returns Float32 `2 − 2·cosθ`, 0 to 4, sorted: `sortedTarAtFar`, `sortedRoc` and `areaUnder` take them.
 * @throws {RangeError} When identities and embeddings differ in number, an embedding is not finite or all zero, or
 *   all pairs are of one class.
 */
export function allPairDistances(
  embeddings: Embeddings,
  identities: readonly (string | number)[],
  rows?: ArrayLike<number>,
): SortedDistances {
  requireIdentities(identities, countEmbeddings(embeddings));
  const units = unitRows(embeddings, rows);
  const { codes, members } = identityCodes(
    rows === undefined ? identities : Array.from(rows, (row) => identities[row]),
  );
  const pairs = (count: number) => (count * (count - 1)) / 2;
  const sameCount = members.reduce((sum, own) => sum + pairs(own.length), 0);
  const differentCount = pairs(units.count) - sameCount;
  if (sameCount === 0 || differentCount === 0) {
    throw new RangeError(
      `Cannot compare all pairs: expected same and different pairs, got ${sameCount} and ${differentCount} of ` +
        `${units.count} embeddings of ${members.length} identities`,
    );
  }
  const same = new Float32Array(sameCount);
  const different = new Float32Array(differentCount);
  let [s, d] = [0, 0];
  cosineBlocks(
    units,
    units,
    ({ row0, rows, column0, columns, cosines, stride }) => {
      for (let i = 0; i < rows; i++) {
        const code = codes[row0 + i];
        for (let j = Math.max(0, row0 + i + 1 - column0); j < columns; j++) {
          // Rounding can carry a cosine a little over 1.
          const distance = Math.max(0, 2 - 2 * cosines[i * stride + j]);
          if (codes[column0 + j] === code) same[s++] = distance;
          else different[d++] = distance;
        }
      }
    },
    (row0, columnEnd) => columnEnd > row0 + 1,
  );
  return { same: same.sort(), different: different.sort() };
}
