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
 * @param isCopy What else tells whether two pictures of near hashes are one; not asked of the same file.
 * @returns A row a photo of the set that is a copy, with the same file of the test or else the nearest of its photos.
 * @throws {RangeError} When `maxDistance` is not an integer of 0 to 31.
 */
export function copiesBetween(
  training: readonly PhotoHash[],
  test: readonly PhotoHash[],
  maxDistance = 4,
  isCopy: (training: string, test: string) => boolean = () => true,
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
  const near = distinct.map(({ theirs }) => [{ theirs, bits: 0 }]);
  const hashes = distinct.map(({ ours, theirs }) => (ours[0] ?? theirs[0]).hash);
  for (const { a, b, distance: bits } of nearHashes(hashes, maxDistance)) {
    near[a].push({ theirs: distinct[b].theirs, bits });
    near[b].push({ theirs: distinct[a].theirs, bits });
  }
  const files = new Map(test.map(({ sha256, path }) => [sha256, path]));
  return distinct.flatMap(({ ours }, place) => {
    const nearestFirst = near[place].sort((x, y) => x.bits - y.bits);
    return ours.flatMap(({ path, sha256 }) => {
      const same = files.get(sha256);
      if (same !== undefined) return { training: path, test: same, bits: 0, exact: true };
      for (const { theirs, bits } of nearestFirst) {
        const copy = theirs.find((other) => isCopy(path, other.path));
        if (copy !== undefined) return { training: path, test: copy.path, bits, exact: false };
      }
      return [];
    });
  });
}
