import { join } from "node:path";
import { type RgbImage, readImage } from "@amface/images";
import { type Embed, embedCrops } from "./embed-mirrored.ts";
import type { Embeddings, Flip } from "./embeddings.ts";

export interface EmbedPhotosOptions {
  /** Crops a call (default 64). */
  readonly batchSize?: number;
  /** How mirrored crops join in (default `concat`). */
  readonly flip?: Flip;
  /** Told after each batch how many photos are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Reads crops and embeds them batch by batch, each also mirrored unless `flip` is `none`. The next batch is
 * read while the current one is embedded.
 *
 * @param photos Paths relative to `dir`, as `locatePhotos` lists them.
 * @returns One row a photo, in their order.
 * @throws {ImageError} When a photo cannot be read.
 * @throws {RangeError} When there are no photos, their sizes differ, or `embed` returns something else than one row a crop.
 */
export async function embedPhotos(
  dir: string,
  photos: readonly string[],
  embed: Embed,
  options: EmbedPhotosOptions = {},
): Promise<Embeddings> {
  const read = (photo: string) => readImage(join(dir, photo));
  return embedAll(photos, read, embed, (i) => join(dir, photos[i]), options);
}

/**
 * Like `embedPhotos`, of crops that are read in any other way, such as those of a `BinSet` by `decodeImage`.
 *
 * @param read Gives the crop of an item.
 * @param nameOf What error messages call the item of an index.
 */
export async function embedAll<T>(
  items: readonly T[],
  read: (item: T) => Promise<RgbImage>,
  embed: Embed,
  nameOf: (index: number) => string,
  { batchSize = 64, flip, onProgress }: EmbedPhotosOptions = {},
): Promise<Embeddings> {
  if (items.length === 0) throw new RangeError("Cannot embed photos: expected at least one, got none");
  if (!(Number.isInteger(batchSize) && batchSize > 0)) {
    throw new RangeError(`Cannot embed photos: expected a batch size of 1 or more, got ${batchSize}`);
  }
  const readFrom = (from: number) => Promise.allSettled(items.slice(from, from + batchSize).map(read));
  let first: RgbImage | undefined;
  let result: Embeddings | undefined;
  let next = readFrom(0);
  for (let from = 0; from < items.length; from += batchSize) {
    const crops = (await next).map((outcome) => {
      if (outcome.status === "rejected") throw outcome.reason;
      return outcome.value;
    });
    first ??= crops[0];
    requireSizes(crops, first, (i) => nameOf(from + i), nameOf(0));
    next = readFrom(from + batchSize);
    const { data, size } = await embedCrops(crops, embed, flip);
    result ??= { data: new Float32Array(items.length * size), size };
    if (size !== result.size) {
      throw new RangeError(`Cannot embed photos: expected embeddings of ${result.size} values, got ${size}`);
    }
    result.data.set(data, from * size);
    onProgress?.(Math.min(from + batchSize, items.length), items.length);
  }
  return result!;
}

function requireSizes(
  crops: readonly RgbImage[],
  { height, width }: RgbImage,
  nameOf: (index: number) => string,
  first: string,
): void {
  const other = crops.findIndex((crop) => crop.height !== height || crop.width !== width);
  if (other < 0) return;
  throw new RangeError(
    `Cannot embed ${nameOf(other)}: expected a crop of ${height}x${width} (height x width) like ${first}, ` +
      `got ${crops[other].height}x${crops[other].width}; align all photos to one size`,
  );
}
