import * as tf from "@tensorflow/tfjs-core";
import type { BatchOptions } from "./batches.ts";
import type { FaceSource } from "./face-source.ts";
import { loadAhead } from "./load-ahead.ts";
import { PhotoLoader } from "./loading/photo-loader.ts";
import { type PhotoRef, photoColumns, photoRefs } from "./photo-columns.ts";
import { ShardSource } from "./shards/shard-source.ts";
import { windowOrder } from "./shards/window-order.ts";

/** Photos to embed; whoever receives it disposes `images`. */
export interface PhotoBatch {
  /** float32 `[B, H, W, 3]`, `(pixels - 127.5) / 128`. */
  images: tf.Tensor4D;
  /** The B photos' places in the list, rising. */
  places: number[];
  /** What the photos are called: a file's path, or a record's `image/filename`. */
  names: string[];
}

export type PhotoBatchOptions = Pick<
  BatchOptions,
  "batchSize" | "imageSize" | "prefetch" | "workers" | "skipCorrupt" | "onSkip"
>;

/**
 * Where each photo of a source lies and whose it is, in the source's own order. For shards, that reads the lists of
 * their records and keeps them: meant for some identities, not for millions of photos.
 */
export async function listPhotos(source: FaceSource | ShardSource): Promise<readonly PhotoRef[]> {
  if (!(source instanceof ShardSource)) return source.files;
  const order = await windowOrder(source, { seed: 0, epoch: 0, shuffle: false, windowRecords: 8192 });
  return photoRefs(await order.slice(0, order.length));
}

/**
 * Photos of a list in its order as batches, neither shuffled nor flipped nor augmented, loaded by worker threads. Photos
 * that cannot be read are left out, so a batch may be smaller than the others, or missing.
 *
 * @throws {RangeError} When an option is out of range or a crop has another size than `imageSize`.
 * @throws {ShardError} When a record is damaged and `skipCorrupt` is not set.
 * @throws {Error} When no photo can be read.
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
    { ...options, names: true },
  );
  const [height, width] = loader.imageSize;
  const each = height * width * 3;
  const load = (batch: number) =>
    loader.load(batch * batchSize, Math.min((batch + 1) * batchSize, photos.length));
  let first = 0;
  for await (const { images, labels, names: all, others } of loadAhead(
    0,
    Math.ceil(photos.length / batchSize),
    prefetch,
    load,
  )) {
    const places: number[] = [];
    const names: string[] = [];
    for (let b = 0; b < labels.length; b++) {
      if (others.has(b)) continue; // another in the place of one that cannot be read
      images.copyWithin(places.length * each, b * each, (b + 1) * each);
      places.push(first + b);
      names.push(all![b]);
    }
    first += labels.length;
    if (places.length === 0) continue;
    const values = images.subarray(0, places.length * each);
    yield { images: tf.tensor4d(values, [places.length, height, width, 3], "float32"), places, names };
  }
}
