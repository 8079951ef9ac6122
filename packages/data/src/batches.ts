import { mirrorImage } from "@amface/images";
import * as tf from "@tensorflow/tfjs-core";
import { type Crop, type ImageSize, type SkippedPhoto, startCrops } from "./crop-reader.ts";
import type { FaceFile, FaceSource } from "./face-source.ts";
import { type Loading, loadAhead } from "./load-ahead.ts";
import { Random } from "./random.ts";
import { toImages } from "./to-images.ts";

/** What a training step takes; whoever receives it disposes both tensors. */
export interface FaceBatch {
  /** float32 `[B, H, W, 3]`, `(pixels - 127.5) / 128`. */
  images: tf.Tensor4D;
  /** int32 `[B]`, places in `FaceSource.identities`. */
  labels: tf.Tensor1D;
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
  /** Mirrors half of the photos, drawn anew every epoch; default false. */
  readonly flip?: boolean;
  /** Leaves out the last batch where it would be short; default true. */
  readonly dropRemainder?: boolean;
  /** Batches that are loaded ahead of the consumer; default 2. */
  readonly prefetch?: number;
  /** Called once an epoch for every unreadable photo that was met. */
  readonly onSkip?: (skipped: SkippedPhoto) => void;
}

/** How many batches one epoch of `batches` gives. */
export function batchesPerEpoch(
  source: FaceSource,
  { batchSize, dropRemainder = true }: Pick<BatchOptions, "batchSize" | "dropRemainder">,
): number {
  const n = source.files.length / batchSize;
  return dropRemainder ? Math.floor(n) : Math.ceil(n);
}

/**
 * One epoch of training batches. The order is a permutation drawn from (seed, epoch), each flip is drawn
 * from (seed, epoch, position): what a batch holds depends on nothing before it, and starting at
 * `firstBatch` gives exactly the batches that an uninterrupted epoch would have given from there on.
 *
 * An unreadable photo's place is taken by the next readable one in the epoch's order, which then occurs
 * twice; the epoch keeps its length. At most `prefetch` batches of pixels are held beyond the consumer's.
 *
 * @throws {RangeError} When an option is out of range, there are fewer photos than a batch needs, or a
 *   crop has another size than `imageSize`.
 * @throws {Error} When no photo of the source can be read.
 */
export async function* batches(
  source: FaceSource,
  options: BatchOptions,
): AsyncGenerator<FaceBatch, void, undefined> {
  const { batchSize, imageSize = [112, 96], seed = 0, epoch = 0, firstBatch = 0 } = options;
  const { shuffle = true, flip = false, prefetch = 2, onSkip } = options;
  const { files } = source;
  const count = checkedCount(source, options);
  const order = shuffle ? new Random("order", seed, epoch).permutation(files.length) : files.map((_, i) => i);
  const bad = new Set<FaceFile>();

  const load = (batch: number): Loading<Crop[]> => {
    const start = batch * batchSize;
    const end = Math.min(start + batchSize, files.length);
    const wanted = Array.from({ length: end - start }, (_, i) => files[order[start + i]]);
    const loading = startCrops(wanted, imageSize);
    const value = loading.value.then(async (got) => {
      const crops: Crop[] = [];
      for (let i = 0; i < got.length; i++) {
        const crop = got[i];
        if ("image" in crop) crops.push(crop);
        else {
          skip(wanted[i], crop);
          crops.push(await replacement(start + i));
        }
      }
      return crops;
    });
    return { handedOver: loading.handedOver, value };
  };

  /** The next readable photo in the epoch's order after `position`, around its end if need be. */
  const replacement = async (position: number): Promise<Crop> => {
    for (let i = 1; i < files.length; i++) {
      const file = files[order[(position + i) % files.length]];
      if (bad.has(file)) continue;
      const [crop] = await startCrops([file], imageSize).value;
      if ("image" in crop) return crop;
      skip(file, crop);
    }
    throw new Error(
      `Cannot make batches: expected readable photos, got ${files.length} that cannot be read, ` +
        `${files[0].path} among them`,
    );
  };
  const skip = (file: FaceFile, error: SkippedPhoto["error"]): void => {
    if (bad.has(file)) return;
    bad.add(file);
    onSkip?.({ path: file.path, error });
  };

  let position = firstBatch * batchSize;
  for await (const crops of loadAhead(firstBatch, count, prefetch, load)) {
    const images = crops.map(({ image }) => {
      const mirrored = flip && new Random("flip", seed, epoch, position).chance(0.5);
      position++;
      return mirrored ? mirrorImage(image) : image;
    });
    const labels = Int32Array.from(crops, ({ file }) => file.label);
    yield { images: toImages(images), labels: tf.tensor1d(labels, "int32") };
  }
}

/** Batches in the epoch, after checking what would otherwise fail later or not at all. */
function checkedCount(source: FaceSource, options: BatchOptions): number {
  const { batchSize, epoch = 0, firstBatch = 0, prefetch = 2 } = options;
  const integers = {
    batchSize: [batchSize, 1],
    epoch: [epoch, 0],
    firstBatch: [firstBatch, 0],
    prefetch: [prefetch, 1],
  };
  for (const [name, [value, least]] of Object.entries(integers)) {
    if (!Number.isInteger(value) || value < least) {
      throw new RangeError(
        `Cannot make batches: expected ${name} to be an integer >= ${least}, got ${value}`,
      );
    }
  }
  const count = batchesPerEpoch(source, options);
  if (count === 0) {
    throw new RangeError(
      `Cannot make batches of ${batchSize}: expected at least ${options.dropRemainder === false ? 1 : batchSize} ` +
        `photos, got ${source.files.length}; lower the batch size`,
    );
  }
  if (firstBatch > count) {
    throw new RangeError(`Cannot start at batch ${firstBatch}: expected 0 to ${count}, the epoch's end`);
  }
  return count;
}
