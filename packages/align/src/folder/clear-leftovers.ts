import { basename, dirname, join } from "node:path";
import { removeLeftovers } from "@amface/files";
import { ALIGNMENT_FILE } from "@amface/images";
import type { OutputFiles } from "./output-files.ts";
import type { Photo } from "./photos-to-align.ts";

/**
 * Removes the temporary files that a killed run of the same photos left in the output folder; those of other
 * shards, which may be at work, stay.
 */
export async function clearLeftovers(
  outputDir: string,
  photos: readonly Photo[],
  files: OutputFiles,
): Promise<void> {
  const names = new Set([ALIGNMENT_FILE, ...Object.values(files).map((path) => basename(path))]);
  await removeLeftovers(outputDir, (name) => names.has(name));
  const cropsByFolder = new Map<string, Set<string>>();
  for (const { crop, refused } of photos) {
    if (refused) continue;
    const folder = dirname(crop);
    const crops = cropsByFolder.get(folder) ?? new Set();
    cropsByFolder.set(folder, crops.add(basename(crop)));
  }
  for (const [folder, crops] of cropsByFolder) {
    // The same name, with the number of a face or without.
    const isOurs = (name: string) => crops.has(name) || crops.has(name.replace(/_\d+\.png$/, ".png"));
    await removeLeftovers(join(outputDir, folder), isOurs);
  }
}
