import { readdir } from "node:fs/promises";
import { sep } from "node:path";
import { IMAGE_EXTENSIONS, listIdentities } from "@amface/files";
import { type LocatedPairs, type LocateOptions, locateAmong } from "./locate-among.ts";
import type { PairList } from "./pairs.ts";

/**
 * Finds the photos of a list of pairs, `<dir>/<name>/<name>_0001.<ext>` or the list's own paths, with any extension
 * that `@amface/images` reads; where a photo is there with two, the first in the order of code units counts. A
 * list's photo without a folder is also looked for in its identity's. Spellings of one name in Unicode (NFC, NFD) meet.
 *
 * @throws {PairsError} When no pair is left, or, with `strict`, a photo is missing.
 * @throws {Error} When the folder is missing or holds no photos.
 */
export async function locatePhotos(
  list: PairList,
  dir: string,
  { strict = false }: LocateOptions = {},
): Promise<LocatedPairs> {
  return locateAmong(list, await photosOfPairs(list, dir), { strict, where: dir });
}

/** Photos below the folder, in order. Lists with paths of their own may have any depth of folders. */
async function photosOfPairs(list: PairList, dir: string): Promise<string[]> {
  if (!list.pairs.some(({ a, b }) => "path" in a || "path" in b)) {
    return (await listIdentities(dir)).flatMap(({ files }) => files);
  }
  const entries = await readdir(dir, { recursive: true });
  const files = entries.filter((file) => IMAGE_EXTENSIONS.some((e) => file.toLowerCase().endsWith(e)));
  return files.map((file) => file.split(sep).join("/")).sort();
}
