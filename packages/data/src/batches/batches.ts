import * as tf from "@tensorflow/tfjs-core";
import { checkAugment } from "../augment/augment.ts";
import { type Loading, loadAhead } from "../concurrency/load-ahead.ts";
import type { PhotoOrder, PhotoSource } from "../source/photo-source.ts";
import { balancedOrder, checkBalance } from "./balanced-order.ts";
import { giveMemory } from "./batch-memory.ts";
import type { BatchOptions } from "./batch-options.ts";
import { type Loaded, PhotoLoader } from "./photo-loader.ts";

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

/** How many batches one epoch of `batches` gives. */
export function batchesPerEpoch(
  source: PhotoSource,
  { batchSize, dropRemainder = true }: Pick<BatchOptions, "batchSize" | "dropRemainder">,
): number {
  const n = source.photos / batchSize;
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
  source: PhotoSource,
  options: BatchOptions,
): AsyncGenerator<StreamBatch, void, undefined> {
  const { batchSize, epoch = 0, firstBatch = 0, prefetch = 2, rows = [0, batchSize] } = options;
  const count = checkedCount(source, options);
  const order = await orderOf(source, options);
  const photos = new PhotoLoader(order, options);
  const load = (batch: number): Loading<Loaded> => {
    const end = Math.min((batch + 1) * batchSize, order.length);
    const [from, to] = rows.map((row) => Math.min(batch * batchSize + row, end));
    return photos.load(from, to);
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

async function orderOf(source: PhotoSource, options: BatchOptions): Promise<PhotoOrder> {
  const { seed = 0, epoch = 0, shuffle = true, windowRecords = 8192, balance } = options;
  if (balance) return await balancedOrder(source, balance, { seed, epoch });
  return await source.order({ seed, epoch, shuffle, windowRecords });
}

/** Batches in the epoch, after checking what would otherwise fail later or not at all. */
function checkedCount(source: PhotoSource, options: BatchOptions): number {
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
  const [from, to] = options.rows ?? [0, batchSize];
  if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from < to && to <= batchSize)) {
    throw new RangeError(
      `Cannot make batches: expected rows to be two rising integers from 0 to ${batchSize}, got ${from} and ${to}`,
    );
  }
  if (options.augment) checkAugment(options.augment);
  if (options.balance) checkBalance(options.balance, batchSize);
  const count = batchesPerEpoch(source, options);
  if (count === 0) {
    throw new RangeError(
      `Cannot make batches of ${batchSize}: expected at least ${options.dropRemainder === false ? 1 : batchSize} ` +
        `photos, got ${source.photos}; lower the batch size`,
    );
  }
  if (firstBatch > count) {
    throw new RangeError(`Cannot start at batch ${firstBatch}: expected 0 to ${count}, the epoch's end`);
  }
  return count;
}
