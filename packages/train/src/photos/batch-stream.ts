import { type BatchOptions, batches, type PhotoSource, type StreamBatch } from "@amface/data";
import * as tf from "@tensorflow/tfjs-core";

/** Where a stream stands: passes over the photos done, and batches done of the one in progress. */
export interface StreamPosition {
  readonly pass: number;
  readonly batch: number;
}

/** Batches of one pass over the photos after another, without end, from any position on. Some may be left out. */
export class BatchStream {
  readonly #source: PhotoSource;
  readonly #options: Omit<BatchOptions, "epoch" | "firstBatch">;
  readonly #leftOut: readonly StreamPosition[];
  #position: StreamPosition;
  #batches: AsyncGenerator<StreamBatch, void, undefined> | undefined;

  constructor(
    source: PhotoSource,
    options: Omit<BatchOptions, "epoch" | "firstBatch">,
    position: StreamPosition,
    leftOut: readonly StreamPosition[] = [],
  ) {
    this.#source = source;
    this.#options = options;
    this.#position = position;
    this.#leftOut = leftOut;
  }

  /** The position after the last batch that was taken. */
  get position(): StreamPosition {
    return this.#position;
  }

  /** The next batch, which the caller disposes; `undefined` in the place of one that is left out. */
  async next(): Promise<StreamBatch | undefined> {
    for (;;) {
      const { pass, batch } = this.#position;
      this.#batches ??= batches(this.#source, { ...this.#options, epoch: pass, firstBatch: batch });
      const { value } = await this.#batches.next();
      if (value === undefined) {
        this.#batches = undefined;
        this.#position = { pass: pass + 1, batch: 0 };
        continue;
      }
      if (value.next.epoch !== pass) await this.close();
      this.#position = { pass: value.next.epoch, batch: value.next.firstBatch };
      if (!this.#leftOut.some((at) => at.pass === pass && at.batch === batch)) return value;
      tf.dispose([value.images, value.labels]);
      return undefined;
    }
  }

  /** Stops reading ahead. */
  async close(): Promise<void> {
    await this.#batches?.return();
    this.#batches = undefined;
  }
}
