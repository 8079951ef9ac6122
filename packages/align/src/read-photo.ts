import { realpath } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import { ImageError, type RgbImage, readImage } from "@amface/images";

/**
 * Reads a photo of the input folder. One that a symbolic link brings in from elsewhere is refused unless links
 * are followed: a folder of photos from a stranger could show any file of this machine.
 *
 * @param path Relative to `inputDir`.
 * @throws {ImageError} When the photo cannot be read or lies elsewhere.
 */
export async function readPhoto(
  path: string,
  {
    inputDir,
    followLinks,
    maxPixels,
  }: { inputDir: string; followLinks: boolean; maxPixels: number | undefined },
): Promise<RgbImage> {
  const full = join(inputDir, path);
  if (!followLinks) {
    const [root, real] = await Promise.all([realpath(inputDir), realpath(full)]).catch(() => []);
    // What has no real path does not exist; reading it says so.
    if (root !== undefined && real !== undefined && !isInside(root, real)) {
      const message = `Cannot read ${full}: it is a link to ${real}, outside of ${inputDir}; copy the photo or follow links`;
      throw new ImageError(full, "unreadable", message);
    }
  }
  return readImage(full, { maxPixels });
}

/** Whether a path lies in a folder or below; both absolute and without links. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
