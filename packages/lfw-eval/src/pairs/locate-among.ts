import { nameKey } from "@amface/files/browser";
import {
  type PairList,
  PairsError,
  type PhotoName,
  type PhotoPath,
  photoIdentity,
  photoStem,
} from "./pairs.ts";

/** A pair whose photos are there, as indices into a list of photos. */
export interface LocatedPair {
  readonly a: number;
  readonly b: number;
  readonly same: boolean;
  readonly fold: number;
}

export interface LocatedPairs {
  /** Each photo once, relative to the folder and with `/` between the parts, in the order of the pairs. */
  readonly photos: readonly string[];
  /** Who each photo shows, by the list of pairs. */
  readonly identities: readonly string[];
  /** The pairs that are left, in the order of the list. */
  readonly pairs: readonly LocatedPair[];
  /** Photos that the list names and the folder lacks, each once, without extension. */
  readonly missing: readonly string[];
  /** Number of pairs left out because a photo is missing. */
  readonly skippedPairs: number;
}

export interface LocateOptions {
  /** Make a missing photo an error instead of leaving its pairs out (default false). */
  readonly strict?: boolean;
}

/**
 * Like `locatePhotos`, among files that are known by name only, such as those that embeddings are of.
 *
 * @param files Relative to the folder of photos, `/` between the parts.
 * @param where What error messages call the place.
 */
export function locateAmong(
  list: PairList,
  files: readonly string[],
  { strict = false, where }: LocateOptions & { readonly where: string },
): LocatedPairs {
  // Where there are two of a name, the first counts.
  const fileOf = new Map(
    [...files].reverse().map((file) => [nameKey(file.slice(0, file.lastIndexOf("."))), file]),
  );
  const indexOf = new Map<string, number>();
  const identities: string[] = [];
  const missing = new Set<string>();

  const locate = (photo: PhotoName | PhotoPath): string | undefined => {
    const stem = nameKey(photoStem(photo));
    const file = fileOf.get(stem) ?? fileOf.get(nameKey(`${photoIdentity(photo)}/${stem}`));
    if (file === undefined) missing.add(stem);
    return file;
  };
  const index = (file: string, photo: PhotoName | PhotoPath): number => {
    if (!indexOf.has(file)) {
      indexOf.set(file, indexOf.size);
      identities.push(nameKey(photoIdentity(photo)));
    }
    return indexOf.get(file)!;
  };

  const pairs: LocatedPair[] = [];
  for (const { a, b, same, fold } of list.pairs) {
    const [fileA, fileB] = [locate(a), locate(b)];
    if (fileA !== undefined && fileB !== undefined)
      pairs.push({ a: index(fileA, a), b: index(fileB, b), same, fold });
  }
  if (missing.size > 0 && (strict || pairs.length === 0)) {
    const first = [...missing].slice(0, 3).join(", ");
    throw new PairsError(
      `Cannot find the photos of the pairs in ${where}: expected ${first} (.jpg, .png, …), ` +
        `got ${missing.size} photos missing, ${list.pairs.length - pairs.length} of ${list.pairs.length} pairs without a photo`,
    );
  }
  return {
    photos: [...indexOf.keys()],
    identities,
    pairs,
    missing: [...missing],
    skippedPairs: list.pairs.length - pairs.length,
  };
}
