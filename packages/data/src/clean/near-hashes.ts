import { hashDistance, type PerceptualHash } from "./perceptual-hash.ts";

/** Two hashes by their places in the list, and in how many bits they differ. */
export interface NearHashes {
  readonly a: number;
  readonly b: number;
  readonly distance: number;
}

/**
 * Finds all pairs of hashes that differ in at most `maxDistance` of their 64 bits, without comparing every pair
 * (multi-index hashing, Norouzi et al. 2012): cut into `maxDistance + 1` bands, two such hashes agree on at least
 * one whole band, so only hashes in a common bucket of some band are compared.
 *
 * @param hashes Each different from the others; equal ones would be compared pair by pair.
 * @throws {RangeError} When `maxDistance` is not an integer of 0 to 31.
 */
export function* nearHashes(hashes: readonly PerceptualHash[], maxDistance: number): Generator<NearHashes> {
  if (!(Number.isInteger(maxDistance) && maxDistance >= 0 && maxDistance < 32)) {
    throw new RangeError(`Cannot compare hashes: expected a distance of 0 to 31 bits, got ${maxDistance}`);
  }
  const bands = maxDistance + 1;
  const keys = hashes.map((hash) => Array.from({ length: bands }, (_, band) => bandOf(hash, band, bands)));
  for (let band = 0; band < bands; band++) {
    const buckets = new Map<number, number[]>();
    for (let i = 0; i < hashes.length; i++) {
      const bucket = buckets.get(keys[i][band]);
      if (bucket === undefined) buckets.set(keys[i][band], [i]);
      else {
        for (const other of bucket) {
          // A pair that an earlier band has brought together was seen there.
          if (keys[i].some((key, earlier) => earlier < band && key === keys[other][earlier])) continue;
          const distance = hashDistance(hashes[other], hashes[i]);
          if (distance <= maxDistance) yield { a: other, b: i, distance };
        }
        bucket.push(i);
      }
    }
  }
}

/** The bits of one of several bands of nearly equal length. Beyond 53 bits it is rounded, which only costs comparisons. */
function bandOf([high, low]: PerceptualHash, band: number, bands: number): number {
  const from = Math.floor((64 * band) / bands);
  const to = Math.floor((64 * (band + 1)) / bands);
  let value = 0;
  for (let bit = from; bit < to; bit++) {
    value = value * 2 + ((bit < 32 ? high >>> (31 - bit) : low >>> (63 - bit)) & 1);
  }
  return value;
}
