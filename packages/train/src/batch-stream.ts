import {
  type BatchOptions,
  batches,
  type FaceSource,
  type ShardSource,
  type StreamBatch,
} from "@amface/data";

/** Where a stream stands: passes over the photos done, and batches done of the one in progress. */
export interface StreamPosition {
  readonly pass: number;
  readonly batch: number;
}

/** Batches of one pass over the photos after another, without end, from any position on. */
export class BatchStream {
  readonly #source: FaceSource | ShardSource;
  readonly #options: Omit<BatchOptions, "epoch" | "firstBatch">;
  #position: StreamPosition;
  #batches: AsyncGenerator<StreamBatch, void, undefined> | undefined;

  constructor(
    source: FaceSource | ShardSource,
    options: Omit<BatchOptions, "epoch" | "firstBatch">,
    position: StreamPosition,
  ) {
    this.#source = source;
    this.#options = options;
    this.#position = position;
  }

  /** The position after the last batch that was taken. */
  get position(): StreamPosition {
    return this.#position;
  }

  /** The next batch, which the caller disposes. */
  async next(): Promise<StreamBatch> {
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
      return value;
    }
  }

  /** Stops reading ahead. */
  async close(): Promise<void> {
    await this.#batches?.return();
    this.#batches = undefined;
  }
}
