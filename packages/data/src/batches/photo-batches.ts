import * as tf from "@tensorflow/tfjs-core";
import { loadAhead } from "../concurrency/load-ahead.ts";
import { type PhotoRef, photoColumns } from "../source/photo-columns.ts";
import type { BatchOptions } from "./batch-options.ts";
import { PhotoLoader } from "./photo-loader.ts";

/** Photos to embed; whoever receives it disposes `images`. */
export interface PhotoBatch {
  /** float32 `[B, H, W, 3]`, `(pixels - 127.5) / 128`. */
  images: tf.Tensor4D;
  /** The B photos' places in the list, rising. */
  places: number[];
  /** What the photos are called: a file's name in its source or its path, or a record's `image/filename`. */
  names: string[];
}

export type PhotoBatchOptions = Pick<
  BatchOptions,
  "batchSize" | "imageSize" | "prefetch" | "workers" | "skipCorrupt" | "onSkip"
>;

/**
 * Photos of a list in its order as batches, neither shuffled nor flipped nor augmented, loaded by worker threads. Photos
 * that cannot be read go to `onSkip` and are left out, so a batch may be smaller than the others, or missing.
 *
 * @throws {RangeError} When an option is out of range or a crop has another size than `imageSize`.
 * @throws {ImageError} When a photo cannot be read and there is no `onSkip`.
 * @throws {ShardError} When a record is damaged and there is no `onSkip`, or `skipCorrupt` is not set.
 */
export async function* photoBatches(
  photos: readonly PhotoRef[],
  options: PhotoBatchOptions,
): AsyncGenerator<PhotoBatch, void, undefined> {
  const { batchSize, prefetch = 2 } = options;
  for (const [name, value] of Object.entries({ batchSize, prefetch })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new RangeError(`Cannot make batches: expected ${name} to be an integer >= 1, got ${value}`);
  }
  const loader = new PhotoLoader(
    { length: photos.length, slice: (from, to) => photoColumns(photos.slice(from, to)) },
    { ...options, names: true, replace: false },
  );
  const [height, width] = loader.imageSize;
  const each = height * width * 3;
  const load = (batch: number) =>
    loader.load(batch * batchSize, Math.min((batch + 1) * batchSize, photos.length));
  let first = 0;
  for await (const { images, labels, names: all, missing } of loadAhead(
    0,
    Math.ceil(photos.length / batchSize),
    prefetch,
    load,
  )) {
    const places: number[] = [];
    const names: string[] = [];
    for (let b = 0; b < labels.length; b++) {
      if (missing.has(b)) continue;
      images.copyWithin(places.length * each, b * each, (b + 1) * each);
      places.push(first + b);
      const { name = all![b] } = photos[first + b] as { name?: string };
      names.push(name);
    }
    first += labels.length;
    if (places.length === 0) continue;
    const values = images.subarray(0, places.length * each);
    yield { images: tf.tensor4d(values, [places.length, height, width, 3], "float32"), places, names };
  }
}
