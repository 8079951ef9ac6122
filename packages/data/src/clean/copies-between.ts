import type { PhotoHash } from "./find-duplicates.ts";
import { nearHashes } from "./near-hashes.ts";

/** A photo of one set that is a copy of one of another. */
export interface SharedPicture {
  readonly training: string;
  readonly test: string;
  /** Bits in which their perceptual hashes differ. */
  readonly bits: number;
  /** Whether the two are the same file, byte for byte. */
  readonly exact: boolean;
}

/**
 * Finds photos of a set that are pictures of a test set, too, with perceptual hashes that differ in at most `maxDistance` bits.
 *
 * @throws {RangeError} When `maxDistance` is not an integer of 0 to 31.
 */
export function copiesBetween(
  training: readonly PhotoHash[],
  test: readonly PhotoHash[],
  maxDistance = 4,
): SharedPicture[] {
  const places = new Map<string, { readonly ours: PhotoHash[]; readonly theirs: PhotoHash[] }>();
  const placeOf = ({ hash }: PhotoHash) => {
    const key = `${hash[0]} ${hash[1]}`;
    const place = places.get(key) ?? { ours: [], theirs: [] };
    places.set(key, place);
    return place;
  };
  for (const photo of training) placeOf(photo).ours.push(photo);
  for (const photo of test) placeOf(photo).theirs.push(photo);
  const distinct = [...places.values()];
  const pairs = (ours: readonly PhotoHash[], theirs: readonly PhotoHash[], bits: number): SharedPicture[] =>
    ours.flatMap((a) =>
      theirs.map((b) => ({ training: a.path, test: b.path, bits, exact: a.sha256 === b.sha256 })),
    );
  const found = distinct.flatMap(({ ours, theirs }) => pairs(ours, theirs, 0));
  const hashes = distinct.map(({ ours, theirs }) => (ours[0] ?? theirs[0]).hash);
  for (const { a, b, distance } of nearHashes(hashes, maxDistance)) {
    found.push(...pairs(distinct[a].ours, distinct[b].theirs, distance));
    found.push(...pairs(distinct[b].ours, distinct[a].theirs, distance));
  }
  return found;
}
