import { type BatchOptions, batchesPerEpoch, type PhotoSource, type StreamBatch } from "@amface/data";
import { deriveSeed } from "@amface/nets";
import * as tf from "@tensorflow/tfjs-core";
import { BatchStream, type StreamPosition } from "../photos/batch-stream.ts";
import type { TrainBatch } from "../step/train-batch.ts";

/** Batches of a stream as a step takes them. */
export interface TrainStream {
  /** The position after the last batch that was taken. */
  readonly position: StreamPosition;
  /** The next batch, which the caller disposes; `undefined` in the place of one that is left out. */
  next(): Promise<(StreamBatch & TrainBatch) | undefined>;
  close(): Promise<void>;
}

type Options = Omit<BatchOptions, "epoch" | "firstBatch">;

/** What a teacher adds to a stream. */
export interface Taught {
  /** The teacher's embeddings `[B, D]` of photos that batches name. */
  take(sources: readonly string[]): tf.Tensor2D;
  /** Photos without labels, how many of them a batch gets, and which of these are loaded here. */
  readonly unlabelled?: (Pick<Options, "batchSize" | "rows"> & { readonly source: PhotoSource }) | undefined;
}

/**
 * Batches of labelled photos, then those without labels, with the teacher's embeddings of all. Which of the latter come is
 * decided by the number of the batch alone, so the position in the labelled photos says where both stand.
 */
export class TaughtStream implements TrainStream {
  readonly #labelled: BatchStream;
  readonly #unlabelled: BatchStream | undefined;
  readonly #taught: Taught;

  constructor(
    source: PhotoSource,
    options: Options,
    position: StreamPosition,
    leftOut: readonly StreamPosition[],
    taught: Taught,
  ) {
    this.#labelled = new BatchStream(source, options, position, leftOut);
    this.#taught = taught;
    if (taught.unlabelled === undefined) return;
    const { source: others, batchSize, rows = [0, batchSize] } = taught.unlabelled;
    const done = position.pass * batchesPerEpoch(source, options) + position.batch;
    const perPass = batchesPerEpoch(others, { batchSize });
    const { balance: _, seed = 0, ...rest } = options;
    this.#unlabelled = new BatchStream(
      others,
      { ...rest, batchSize, rows, seed: deriveSeed(seed, "unlabelled") },
      { pass: Math.floor(done / perPass), batch: done % perPass },
    );
  }

  get position(): StreamPosition {
    return this.#labelled.position;
  }

  async next(): Promise<(StreamBatch & TrainBatch) | undefined> {
    const labelled = await this.#labelled.next();
    const unlabelled = await this.#unlabelled?.next();
    if (labelled === undefined) {
      tf.dispose([unlabelled?.images, unlabelled?.labels]);
      return undefined;
    }
    const { images, labels, next } = labelled;
    const names = [...labelled.sources(), ...(unlabelled?.sources() ?? [])];
    try {
      const teacher = this.#taught.take(names);
      const all = unlabelled ? tf.concat4d([images, unlabelled.images], 0) : tf.clone(images);
      const recycle = () => tf.dispose([all, labels, teacher]);
      return { images: all, labels, teacher, sources: () => names, recycle, next };
    } finally {
      tf.dispose([images, unlabelled?.images, unlabelled?.labels]);
    }
  }

  async close(): Promise<void> {
    await this.#labelled.close();
    await this.#unlabelled?.close();
  }
}
