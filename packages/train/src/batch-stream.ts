import { type BatchOptions, batches, type FaceBatch, type FaceSource, type ShardSource } from "@amface/data";

/** Where a stream stands: passes over the photos done, and batches done of the one in progress. */
export interface StreamPosition {
  readonly pass: number;
  readonly batch: number;
}

/** Batches of one pass over the photos after another, from any position, without replaying what came before. */
export class BatchStream {
  readonly #source: FaceSource | ShardSource;
  readonly #options: Omit<BatchOptions, "epoch" | "firstBatch">;
  #position: StreamPosition;
  #batches: AsyncGenerator<FaceBatch, void, undefined> | undefined;

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

  /** The next batch, which the caller disposes, or `undefined` once at the end of every pass. */
  async next(): Promise<FaceBatch | undefined> {
    const { pass, batch } = this.#position;
    this.#batches ??= batches(this.#source, { ...this.#options, epoch: pass, firstBatch: batch });
    const next = await this.#batches.next();
    if (next.done) {
      this.#batches = undefined;
      this.#position = { pass: pass + 1, batch: 0 };
      return undefined;
    }
    this.#position = { pass, batch: batch + 1 };
    return next.value;
  }

  /** Stops reading ahead. */
  async close(): Promise<void> {
    await this.#batches?.return();
    this.#batches = undefined;
  }
}
