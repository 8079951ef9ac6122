import type { FaceFile } from "./face-source.ts";
import { Random } from "./random.ts";
import type { RecordPlace } from "./shards/read-record.ts";

/** A photo in a shard, and whose it is. */
export interface FaceRecordPlace extends RecordPlace {
  readonly label: number;
}

/** Where one photo is, and whose. */
export type PhotoRef = FaceFile | FaceRecordPlace;

/** A file's path, or a record's place. */
export function photoName(photo: PhotoRef): string {
  return "offset" in photo ? `record ${photo.record} of ${photo.path}` : photo.path;
}

/** The photos of an epoch in their order, any part of which can be had without those before it. */
export interface PhotoOrder {
  readonly length: number;
  /** The photos at positions `from` to `to - 1`. */
  slice(from: number, to: number): Promise<PhotoRef[]> | PhotoRef[];
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
      Array.from({ length: to - from }, (_, i) => files[order ? order[from + i] : from + i]),
  };
}
