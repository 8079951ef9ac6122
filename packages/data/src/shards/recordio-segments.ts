import type { ShardRecords } from "./record-list.ts";
import { labelOf, type RecordHead } from "./recordio.ts";
import type { ShardError } from "./shard-error.ts";

/** Records whose list is made at once. */
export const SEGMENT = 512;

/** A run of records of a `.rec` file. */
export interface Segment {
  /** The first record's place in the file, from 0. */
  readonly first: number;
  readonly records: number;
  /** From where to where they stand. */
  readonly start: number;
  readonly end: number;
  /** Whether some of them are no photo. */
  readonly filtered: boolean;
  /** Lengths with frames, and labels; -1 for what is no photo. */
  list(): ShardRecords;
}

/** What a `.rec` file holds, found without holding a number for every record. */
export interface Segments {
  readonly segments: readonly Segment[];
  /** Photos of each label. */
  readonly counts: ReadonlyMap<number, number>;
  /** What is damaged; what lies behind it is not found. */
  readonly problems: readonly ShardError[];
}

/** What is no photo, and a photo without a label that can be used. */
export const [NO_PHOTO, NO_LABEL] = [-1, -2];

/** The label of a record, or which of these it is. */
export function classOf({ isImage, labels }: RecordHead): number {
  if (!isImage) return NO_PHOTO;
  try {
    return labelOf(labels[0]);
  } catch {
    return NO_LABEL;
  }
}
