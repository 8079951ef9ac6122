import { readFile } from "node:fs/promises";
import { decodeImage, ImageError, type RgbImage, readImage } from "@amface/images";
import type { FaceFile } from "./face-source.ts";
import { inLanes, type Loading } from "./load-ahead.ts";

/** A photo that was left out, and why. */
export interface SkippedPhoto {
  readonly path: string;
  readonly error: ImageError;
}

/** `[height, width]` in pixels. */
export type ImageSize = readonly [number, number];

/** One decoded crop, and the file that it came from. */
export interface Crop {
  readonly file: FaceFile;
  readonly image: RgbImage;
}

/** Files read at the same time for one batch: enough for a network disk, few enough for any file limit. */
const READS = 16;

/**
 * Starts reading crops; files are read here, decoded in libvips' threads.
 *
 * @returns For every file its crop, or the `ImageError` for which it cannot be had.
 * @throws {RangeError} (rejecting `value`) When a crop has another size than `imageSize`.
 */
export function startCrops(files: readonly FaceFile[], imageSize: ImageSize): Loading<(Crop | ImageError)[]> {
  const crops: Promise<Crop | ImageError>[] = new Array(files.length);
  const reading = inLanes(files.length, READS, async (i) => {
    const { path } = files[i];
    const bytes = await readFile(path).catch(() => undefined);
    // Where reading fails, readImage fails in the same way and says why.
    crops[i] = settle(files[i], bytes ? decodeImage(bytes, path) : readImage(path), imageSize);
    crops[i].catch(() => {}); // reported by `value`
  });
  return { handedOver: reading, value: reading.then(() => Promise.all(crops)) };
}

async function settle(
  file: FaceFile,
  decoding: Promise<RgbImage>,
  size: ImageSize,
): Promise<Crop | ImageError> {
  let image: RgbImage;
  try {
    image = await decoding;
  } catch (error) {
    if (error instanceof ImageError) return error;
    throw error;
  }
  const [height, width] = size;
  if (image.width !== width || image.height !== height) {
    throw new RangeError(
      `Cannot load ${file.path}: expected a crop of ${height}x${width} (height x width), ` +
        `got ${image.height}x${image.width}; run align first, or set the image size`,
    );
  }
  return { file, image };
}
