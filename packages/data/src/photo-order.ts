import type { FaceFile } from "./face-source.ts";
import { fileColumns, type PhotoColumns } from "./photo-columns.ts";
import { Random } from "./random.ts";

/** The photos of an epoch in their order, any part of which can be had without those before it. */
export interface PhotoOrder {
  readonly length: number;
  /** The photos at positions `from` to `to - 1`. */
  slice(from: number, to: number): Promise<PhotoColumns> | PhotoColumns;
}

/** What decides an order. */
export interface OrderOptions {
  readonly seed: number;
  readonly epoch: number;
  readonly shuffle: boolean;
}

/** Files that are listed in memory, all of them shuffled at once. */
export function fileOrder(files: readonly FaceFile[], { seed, epoch, shuffle }: OrderOptions): PhotoOrder {
  const order = shuffle ? new Random("order", seed, epoch).permutation(files.length) : undefined;
  return {
    length: files.length,
    slice: (from, to) =>
      fileColumns(Array.from({ length: to - from }, (_, i) => files[order ? order[from + i] : from + i])),
  };
}
