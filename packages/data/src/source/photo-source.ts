import type { ExcludeOptions } from "./exclusions.ts";
import type { PhotoColumns, PhotoRef } from "./photo-columns.ts";

/** People and their photos, wherever these lie: what batches and embeddings are made from. */
export interface PhotoSource {
  /** Names; an identity's label is its place here. */
  readonly identities: readonly string[];
  /** Photos of each label; of 0 where an edited index of shards left one out. */
  readonly counts: Uint32Array;
  /** How many photos there are. */
  readonly photos: number;
  /** A hash of which photos these are and whose they are; not of where they lie. */
  readonly fingerprint: string;

  /** The photos in the order of an epoch. */
  order(options: OrderOptions): Promise<PhotoOrder>;
  /** All photos by number, for an order that jumps. */
  numbered(): Promise<NumberedPhotos>;
  /**
   * Where each photo lies and whose it is, in the source's own order: meant for some identities, not for millions of
   * photos.
   */
  list(): Promise<readonly PhotoRef[]>;

  /**
   * The photos of some identities.
   *
   * @param labels Labels of this source; their places are the labels of the new one.
   */
  select(labels: Iterable<number>): PhotoSource;
  /**
   * A source without some photos; identities that nothing is left of go too, and labels are counted anew.
   *
   * @param paths `identity/photo.jpg` is a photo, whatever its extension (a crop carries the name of its photo),
   *   `identity/` everything of an identity. Where there is no such photo, but `identity/photo_0` is, its crops are left
   *   out: `photo_0`, `photo_1`, …, as `amface align --all` names them. What matches nothing goes to `onUnmatched`.
   * @throws {RangeError} When none of the paths matches, or nothing is left.
   */
  exclude(paths: readonly string[], options?: ExcludeOptions): Promise<PhotoSource>;
}

/** What decides an epoch's order. */
export interface OrderOptions {
  readonly seed: number;
  readonly epoch: number;
  readonly shuffle: boolean;
  /** Records of shards that are shuffled together; files are shuffled all at once. */
  readonly windowRecords: number;
}

/** The photos of an epoch in their order, any part of which can be had without those before it. */
export interface PhotoOrder {
  readonly length: number;
  /** The photos at positions `from` to `to - 1`. */
  slice(from: number, to: number): Promise<PhotoColumns> | PhotoColumns;
}

/** Photos by number, from 0, in the source's own order. */
export interface NumberedPhotos {
  /** Whose each photo is; -1 for numbers of records that are left out. */
  readonly labels: Int32Array;
  /** The photos of such numbers. */
  columns(numbers: readonly number[]): Promise<PhotoColumns> | PhotoColumns;
}
