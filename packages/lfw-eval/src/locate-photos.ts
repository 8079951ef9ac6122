import { listIdentities } from "@amface/images";
import { type PairList, PairsError, type PhotoName } from "./pairs.ts";

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
 * Finds the photos of a list of pairs, `<dir>/<name>/<name>_0001.<ext>`, with any extension that
 * `@amface/images` reads; where a photo is there with two, the first in the order of code units counts.
 *
 * @throws {PairsError} When no pair is left, or, with `strict`, a photo is missing.
 * @throws {Error} When the folder is missing or holds no photos.
 */
export async function locatePhotos(
  list: PairList,
  dir: string,
  { strict = false }: LocateOptions = {},
): Promise<LocatedPairs> {
  const files = (await listIdentities(dir)).flatMap((identity) => identity.files);
  const fileOf = new Map(files.reverse().map((file) => [file.slice(0, file.lastIndexOf(".")), file]));
  const indexOf = new Map<string, number>();
  const missing = new Set<string>();

  const locate = (photo: PhotoName): string | undefined => {
    const file = fileOf.get(stem(photo));
    if (file === undefined) missing.add(stem(photo));
    return file;
  };
  const index = (file: string): number => {
    if (!indexOf.has(file)) indexOf.set(file, indexOf.size);
    return indexOf.get(file)!;
  };

  const pairs: LocatedPair[] = [];
  for (const { a, b, same, fold } of list.pairs) {
    const [fileA, fileB] = [locate(a), locate(b)];
    if (fileA !== undefined && fileB !== undefined)
      pairs.push({ a: index(fileA), b: index(fileB), same, fold });
  }
  if (missing.size > 0 && (strict || pairs.length === 0)) {
    const first = [...missing].slice(0, 3).join(", ");
    throw new PairsError(
      `Cannot find the photos of the pairs in ${dir}: expected ${first} (.jpg, .png, …), ` +
        `got ${missing.size} photos missing, ${list.pairs.length - pairs.length} of ${list.pairs.length} pairs without a photo`,
    );
  }
  return {
    photos: [...indexOf.keys()],
    pairs,
    missing: [...missing],
    skippedPairs: list.pairs.length - pairs.length,
  };
}

function stem({ name, number }: PhotoName): string {
  return `${name}/${name}_${String(number).padStart(4, "0")}`;
}
