import * as tf from "@tensorflow/tfjs-core";
import { type AugmentOptions, checkAugment } from "./augment/augment.ts";
import { type Balance, balancedOrder, checkBalance } from "./balanced-order.ts";
import type { ImageSize, SkippedPhoto, SkippedRecord } from "./crop-reader.ts";
import { type FaceSource, photoCount } from "./face-source.ts";
import { type Loading, loadAhead } from "./load-ahead.ts";
import { giveMemory } from "./loading/batch-memory.ts";
import { type Loaded, PhotoLoader } from "./loading/photo-loader.ts";
import { fileOrder, type PhotoOrder } from "./photo-order.ts";
import { ShardSource } from "./shards/shard-source.ts";
import { windowOrder } from "./shards/window-order.ts";

/** Where a stream of batches stands; spread into `BatchOptions`, it goes on from there. */
export interface BatchPosition {
  readonly epoch: number;
  readonly firstBatch: number;
}

/** What a training step takes; whoever receives it disposes both tensors. */
export interface FaceBatch {
  /** float32 `[B, H, W, 3]`, `(pixels - 127.5) / 128`. */
  images: tf.Tensor4D;
  /** int32 `[B]`, places in the source's `identities`. */
  labels: tf.Tensor1D;
  /** Where the B photos lie, in their order: paths of files, or `record N of` shards. Made when asked for. */
  sources?: () => string[];
}

/** A batch of a stream. */
export interface StreamBatch extends FaceBatch {
  sources: () => string[];
  /**
   * Disposes both tensors and gives the images' memory to a later batch, which saves a third of the time that a raw
   * crop takes. Only where nothing holds on to the values: what `dataSync()` gave is empty afterwards on backends
   * that do not copy, and so is what a lazy one has yet to read.
   */
  recycle: () => void;
  /** The position behind this batch: all that is needed to go on, as JSON. */
  next: BatchPosition;
}

export interface BatchOptions {
  readonly batchSize: number;
  /** `[height, width]` that every crop must have; default `[112, 96]`. */
  readonly imageSize?: ImageSize;
  readonly seed?: number;
  /** Counts passes over the source; each has its own order and flips. Default 0. */
  readonly epoch?: number;
  /** The batch of the epoch to begin with; default 0. */
  readonly firstBatch?: number;
  /** Shuffled order; default true. */
  readonly shuffle?: boolean;
  /** Records of shards that are shuffled together, in blocks drawn from all shards; default 8192. */
  readonly windowRecords?: number;
  /** Batches of so many photos of each of so many identities, `batchSize` in all, in place of passes over the photos. */
  readonly balance?: Balance;
  /** Mirrors half of the photos, drawn anew every epoch; default false. */
  readonly flip?: boolean;
  /** Further changes to the photos; none by default. */
  readonly augment?: AugmentOptions;
  /** Leaves out the last batch where it would be short; default true. */
  readonly dropRemainder?: boolean;
  /** Batches that are loaded ahead of the consumer; default 2. */
  readonly prefetch?: number;
  /** Threads that load; default as many as the machine has cores, at most 4. They change nothing in the batches. */
  readonly workers?: number;
  /** Passes over damaged records of shards, as it always does over unreadable files; without it they are errors. */
  readonly skipCorrupt?: boolean;
  /** Called once an epoch for every unreadable photo that was met. */
  readonly onSkip?: (skipped: SkippedPhoto | SkippedRecord) => void;
}

/** How many batches one epoch of `batches` gives. */
export function batchesPerEpoch(
  source: FaceSource | ShardSource,
  { batchSize, dropRemainder = true }: Pick<BatchOptions, "batchSize" | "dropRemainder">,
): number {
  const n = photoCount(source) / batchSize;
  return dropRemainder ? Math.floor(n) : Math.ceil(n);
}

/**
 * One epoch of training batches. The order is drawn from (seed, epoch): of files a permutation of all, of shards
 * blocks of neighbouring records in random order, shuffled within windows. Each flip and augmentation is drawn from
 * (seed, epoch, position). What a batch holds depends on nothing before it, and starting at `firstBatch` gives
 * exactly the batches that an uninterrupted epoch would have given from there on, with any number of workers.
 *
 * An unreadable photo's place is taken by the next readable one in the epoch's order, which then occurs
 * twice; the epoch keeps its length. At most `prefetch` batches of pixels are held beyond the consumer's.
 *
 * @throws {RangeError} When an option is out of range, there are fewer photos than a batch needs, or a
 *   crop has another size than `imageSize`.
 * @throws {ShardError} When a record is damaged, or not what the index says, and `skipCorrupt` is not set.
 * @throws {Error} When no photo of the source can be read.
 */
export async function* batches(
  source: FaceSource | ShardSource,
  options: BatchOptions,
): AsyncGenerator<StreamBatch, void, undefined> {
  const { batchSize, epoch = 0, firstBatch = 0, prefetch = 2 } = options;
  const count = checkedCount(source, options);
  const order = await orderOf(source, options);
  const photos = new PhotoLoader(order, options);
  const load = (batch: number): Loading<Loaded> => {
    const start = batch * batchSize;
    return photos.load(start, Math.min(start + batchSize, order.length));
  };
  let batch = firstBatch;
  for await (const { images, labels, sources } of loadAhead(firstBatch, count, prefetch, load)) {
    const [height, width] = photos.imageSize;
    batch++;
    const tensors = {
      images: tf.tensor4d(images, [labels.length, height, width, 3], "float32"),
      labels: tf.tensor1d(labels, "int32"),
    };
    yield {
      ...tensors,
      recycle() {
        if (!tensors.images.isDisposed) giveMemory(images.buffer as ArrayBuffer);
        tf.dispose(tensors);
      },
      sources,
      next: batch < count ? { epoch, firstBatch: batch } : { epoch: epoch + 1, firstBatch: 0 },
    };
  }
}

async function orderOf(source: FaceSource | ShardSource, options: BatchOptions): Promise<PhotoOrder> {
  const { seed = 0, epoch = 0, shuffle = true, windowRecords = 8192, balance } = options;
  if (balance) return await balancedOrder(source, balance, { seed, epoch });
  if (source instanceof ShardSource)
    return await windowOrder(source, { seed, epoch, shuffle, windowRecords });
  return fileOrder(source.files, { seed, epoch, shuffle });
}

/** Batches in the epoch, after checking what would otherwise fail later or not at all. */
function checkedCount(source: FaceSource | ShardSource, options: BatchOptions): number {
  const { batchSize, epoch = 0, firstBatch = 0, prefetch = 2, workers = 1, windowRecords = 8192 } = options;
  const integers = {
    batchSize: [batchSize, 1],
    epoch: [epoch, 0],
    firstBatch: [firstBatch, 0],
    prefetch: [prefetch, 1],
    workers: [workers, 1],
    windowRecords: [windowRecords, 1],
  };
  for (const [name, [value, least]] of Object.entries(integers)) {
    if (!Number.isInteger(value) || value < least) {
      throw new RangeError(
        `Cannot make batches: expected ${name} to be an integer >= ${least}, got ${value}`,
      );
    }
  }
  if (options.augment) checkAugment(options.augment);
  if (options.balance) checkBalance(options.balance, batchSize);
  const count = batchesPerEpoch(source, options);
  if (count === 0) {
    throw new RangeError(
      `Cannot make batches of ${batchSize}: expected at least ${options.dropRemainder === false ? 1 : batchSize} ` +
        `photos, got ${photoCount(source)}; lower the batch size`,
    );
  }
  if (firstBatch > count) {
    throw new RangeError(`Cannot start at batch ${firstBatch}: expected 0 to ${count}, the epoch's end`);
  }
  return count;
}
