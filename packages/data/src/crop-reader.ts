import { readFile } from "node:fs/promises";
import { decodeImage, ImageError, type RgbImage, readImage } from "@amface/images";
import type { FaceFile } from "./face-source.ts";
import { inLanes, type Loading } from "./load-ahead.ts";
import type { ShardError } from "./shards/shard-error.ts";

/** A photo that was left out, and why. */
export interface SkippedPhoto {
  readonly path: string;
  readonly error: ImageError;
}

/** A record of a shard that was left out, and why. */
export interface SkippedRecord {
  /** `record N of` its shard. */
  readonly path: string;
  readonly error: ShardError;
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
 * Starts reading crops. All files are read before the first is decoded: both happen in the same pool of
 * threads, where a read, which needs several turns of the event loop, would queue behind the decodes.
 *
 * @returns For every file its crop, or the `ImageError` for which it cannot be had.
 * @throws {RangeError} (rejecting `value`) When a crop has another size than `imageSize`.
 */
export function startCrops(files: readonly FaceFile[], imageSize: ImageSize): Loading<(Crop | ImageError)[]> {
  const decoding = readFiles(files).then((contents) => {
    const crops = files.map((file, i) => {
      const bytes = contents[i];
      // Where reading failed, readImage fails in the same way and says why.
      return settle(file, bytes ? decodeImage(bytes, file.path) : readImage(file.path), imageSize);
    });
    return { value: Promise.all(crops) }; // boxed, so that awaiting the start does not await the end
  });
  return {
    handedOver: decoding.then(({ value }) => {
      value.catch(() => {}); // reported by `value` below
    }),
    value: decoding.then(({ value }) => value),
  };
}

/** The files' contents, `undefined` where one cannot be read. */
async function readFiles(files: readonly FaceFile[]): Promise<(Uint8Array | undefined)[]> {
  const contents: (Uint8Array | undefined)[] = new Array(files.length);
  await inLanes(files.length, READS, async (i) => {
    contents[i] = await readFile(files[i].path).catch(() => undefined);
  });
  return contents;
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
