import type { AugmentOptions } from "../augment/augment.ts";
import type { SkippedRecord } from "../shards/shard-error.ts";
import type { SkippedPhoto } from "../source/skipped-photo.ts";

/** `[height, width]` in pixels. */
export type ImageSize = readonly [number, number];

/** Batches in which every identity has as many photos as the others. */
export interface Balance {
  /** P: identities a batch. */
  readonly identities: number;
  /** K: photos of each. */
  readonly photos: number;
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
  /** `[from, to)`: only these photos of each batch, where others are another process's; all by default. */
  readonly rows?: readonly [number, number];
  /** Batches that are loaded ahead of the consumer; default 2. */
  readonly prefetch?: number;
  /** Threads that load; default as many as the machine has cores, at most 4. They change nothing in the batches. */
  readonly workers?: number;
  /** Passes over damaged records of shards, as it always does over unreadable files; without it they are errors. */
  readonly skipCorrupt?: boolean;
  /** Called once an epoch for every unreadable photo that was met. */
  readonly onSkip?: (skipped: SkippedPhoto | SkippedRecord) => void;
}
