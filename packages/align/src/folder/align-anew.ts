import { rm } from "node:fs/promises";
import { join } from "node:path";
import { WriteError, writeFileAtomic } from "@amface/files";
import type { AlignOutcome, PhotoVersion } from "../manifest/align-outcome.ts";
import type { PhotoAligner } from "./align-settings.ts";
import { numberedCrop } from "./crop-faces.ts";
import type { Photo } from "./photos-to-align.ts";

/**
 * Looks at a photo, writes its crops and removes those of what had its name before.
 *
 * @param version Of the photo before it was looked at.
 */
export async function alignAnew(
  photo: Photo,
  version: PhotoVersion | undefined,
  aligner: PhotoAligner,
  { outputDir, all }: { outputDir: string; all: boolean },
): Promise<AlignOutcome[]> {
  const { path, crop, refused } = photo;
  if (refused) return [{ path, ...refused, faces: 0, kept: false }];
  const { results } = await aligner.align(photo);
  for (const { outcome, png } of results) {
    if (png && outcome.crop !== undefined)
      await writeFileAtomic(join(outputDir, outcome.crop), png, { sync: false });
  }
  const outcomes = results.map(({ outcome }) =>
    outcome.crop !== undefined && version ? { ...outcome, version } : outcome,
  );
  const written = outcomes.filter((outcome) => outcome.crop !== undefined).length;
  if (all) for (let i = written; await isRemoved(join(outputDir, numberedCrop(crop, i))); i++);
  else if (written === 0) await isRemoved(join(outputDir, crop));
  return outcomes;
}

/** Removes a file; false where there was none. */
async function isRemoved(path: string): Promise<boolean> {
  try {
    await rm(path);
    return true;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw new WriteError(path, error);
  }
}
