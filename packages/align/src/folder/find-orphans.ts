import { readdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import type { AlignOutcome } from "../manifest/align-outcome.ts";
import type { Photo } from "./photos-to-align.ts";

/** What an output folder has of photos that are not in the input folder. */
export interface Orphans {
  /** Crops that no photo gave, relative to the output folder. */
  readonly crops: readonly string[];
  /** Photos that have a row in the manifest and are gone, relative to the input folder. */
  readonly photos: readonly string[];
}

/**
 * Looks for PNG files in the identities' folders that no outcome of the photos names, and for rows of others. What is of an
 * identity whose photos could not be listed is left alone.
 *
 * @param photos All of the input folder.
 * @param outcomes All of the manifest.
 * @returns `undefined` where there are none.
 */
export async function findOrphans(
  outputDir: string,
  photos: readonly Photo[],
  outcomes: readonly AlignOutcome[],
): Promise<Orphans | undefined> {
  const paths = new Set(photos.map(({ path }) => path));
  const closed = new Set(photos.filter(({ crop }) => crop === "").map(({ path }) => path));
  const isClosed = (path: string) => closed.has(path.split("/")[0]);
  const wanted = new Set(outcomes.flatMap(({ path, crop }) => (crop && paths.has(path) ? [crop] : [])));
  const crops: string[] = [];
  for (const folder of await readdir(outputDir, { withFileTypes: true })) {
    if (!folder.isDirectory() || folder.name.startsWith(".") || isClosed(folder.name)) continue;
    const names = await readdir(join(outputDir, folder.name));
    const files = names.filter((name) => name.endsWith(".png") && !name.startsWith("."));
    crops.push(...files.map((name) => `${folder.name}/${name}`).filter((path) => !wanted.has(path)));
  }
  const gone = new Set(
    outcomes.map(({ path }) => path).filter((path) => !paths.has(path) && !isClosed(path)),
  );
  return crops.length + gone.size > 0 ? { crops: crops.sort(), photos: [...gone].sort() } : undefined;
}

/** Removes orphaned crops, and identities' folders that are empty then. */
export async function removeCrops(outputDir: string, crops: readonly string[]): Promise<void> {
  for (const crop of crops) await rm(join(outputDir, crop), { force: true });
  for (const folder of new Set(crops.map((crop) => crop.split("/")[0]))) {
    await rmdir(join(outputDir, folder)).catch(() => {}); // not empty
  }
}
