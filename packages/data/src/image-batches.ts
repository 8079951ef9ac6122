import type { Tensor4D } from "@tensorflow/tfjs-core";
import { type Crop, type ImageSize, type SkippedPhoto, startCrops } from "./crop-reader.ts";
import { loadAhead } from "./load-ahead.ts";
import { toImages } from "./to-images.ts";

/** Crops to embed; whoever receives it disposes `images`. */
export interface ImageBatch {
  /** float32 `[B, H, W, 3]`, `(pixels - 127.5) / 128`. */
  images: Tensor4D;
  /** The files of the B images, in the same order. */
  paths: string[];
}

export interface ImageBatchOptions {
  readonly batchSize: number;
  /** `[height, width]` that every crop must have; default `[112, 96]`. */
  readonly imageSize?: ImageSize;
  /** Batches that are loaded ahead of the consumer; default 2. */
  readonly prefetch?: number;
  /** Called for every unreadable photo, which is then left out. Without it, the first one is an error. */
  readonly onSkip?: (skipped: SkippedPhoto) => void;
}

/**
 * Files in their order as batches without labels. A batch that met unreadable photos is smaller, and one
 * without any readable photo is left out; the last one may be short.
 *
 * @throws {RangeError} When an option is out of range or a crop has another size than `imageSize`.
 * @throws {ImageError} When a photo cannot be read and there is no `onSkip`.
 */
export async function* imageBatches(
  paths: readonly string[],
  { batchSize, imageSize = [112, 96], prefetch = 2, onSkip }: ImageBatchOptions,
): AsyncGenerator<ImageBatch, void, undefined> {
  for (const [name, value] of Object.entries({ batchSize, prefetch })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`Cannot make batches: expected ${name} to be an integer >= 1, got ${value}`);
    }
  }
  const load = (batch: number) => {
    const wanted = paths.slice(batch * batchSize, (batch + 1) * batchSize);
    return startCrops(
      wanted.map((path) => ({ path, label: -1 })),
      imageSize,
    );
  };
  for await (const got of loadAhead(0, Math.ceil(paths.length / batchSize), prefetch, load)) {
    const crops: Crop[] = [];
    for (const crop of got) {
      if ("image" in crop) crops.push(crop);
      else if (onSkip) onSkip({ path: crop.path, error: crop });
      else throw crop;
    }
    if (crops.length === 0) continue;
    yield { images: toImages(crops.map(({ image }) => image)), paths: crops.map(({ file }) => file.path) };
  }
}
