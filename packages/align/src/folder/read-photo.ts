import { readFile, realpath } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import { CropDecoder, decodeImage, ImageError, type RgbImage, readImage } from "@amface/images";

let decoder: Promise<CropDecoder> | undefined;

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
  const bytes = await readFile(full).catch(() => undefined);
  if (bytes === undefined) return readImage(full, { maxPixels }); // which says why it cannot be read
  // Photos as small as those of face data sets take less time to decode here than to hand to another thread.
  decoder ??= CropDecoder.create();
  const image = (await decoder).decode(bytes);
  const fits = image && image.width * image.height <= (maxPixels ?? Number.POSITIVE_INFINITY);
  return fits ? image : decodeImage(bytes, full, { maxPixels });
}

/** Whether a path lies in a folder or below; both absolute and without links. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
