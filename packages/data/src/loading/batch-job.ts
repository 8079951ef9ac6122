import type { ImageProblem } from "@amface/images";
import type { AugmentOptions } from "../augment/augment.ts";
import type { PhotoRef } from "../photo-order.ts";
import type { RecordPlace } from "../shards/read-record.ts";
import type { ShardProblem } from "../shards/shard-error.ts";

/** Where the photos of a job are: columns, since a thousand objects would take longer to send than to read. */
export interface JobPhotos {
  /** Files, or shards without repetition. */
  readonly paths: readonly string[];
  /** For records: their shards' places in `paths`, and what `RecordPlace` says of them. */
  readonly records?: {
    readonly shard: Uint32Array;
    readonly record: Uint32Array;
    readonly offset: Float64Array;
    readonly length: Uint32Array;
    readonly class: Int32Array;
  };
}

/** @param photos All files, or all records. */
export function packPhotos(photos: readonly PhotoRef[]): JobPhotos {
  const records = photos.filter((photo) => "offset" in photo);
  if (records.length === 0) return { paths: photos.map(({ path }) => path) };
  const shards = new Map<string, number>();
  for (const { path } of records) if (!shards.has(path)) shards.set(path, shards.size);
  return {
    paths: [...shards.keys()],
    records: {
      shard: Uint32Array.from(records, ({ path }) => shards.get(path)!),
      record: Uint32Array.from(records, ({ record }) => record),
      offset: Float64Array.from(records, ({ offset }) => offset),
      length: Uint32Array.from(records, ({ length }) => length),
      class: Int32Array.from(records, (place) => place.class),
    },
  };
}

/** The place of one photo: a file's path, or a record's place. */
export function photoAt({ paths, records }: JobPhotos, i: number): string | RecordPlace {
  if (records === undefined) return paths[i];
  const { shard, record, offset, length } = records;
  return {
    path: paths[shard[i]],
    record: record[i],
    offset: offset[i],
    length: length[i],
    class: records.class[i],
  };
}

/** A batch to load, as it goes to a worker. */
export interface BatchJob {
  readonly id: number;
  /** The stream of batches that it belongs to. */
  readonly stream: number;
  /** How many photos it has. */
  readonly size: number;
  readonly photos: JobPhotos;
  /** The first photo's position in the epoch, which names its random draws; the others follow. */
  readonly position: number;
  readonly height: number;
  readonly width: number;
  readonly seed: number;
  readonly epoch: number;
  readonly flip: boolean;
  readonly augment: AugmentOptions | undefined;
  /** Where the images go, sent along for good; fresh memory where there is none. */
  readonly memory: ArrayBuffer | undefined;
}

/** Why a photo of a job is missing, in a form that can be sent. */
export type LoadFailure =
  | { readonly kind: "image"; readonly path: string; readonly reason: ImageProblem; readonly message: string }
  | {
      readonly kind: "shard";
      readonly path: string;
      readonly reason: ShardProblem;
      readonly record: number | undefined;
      readonly problem: string;
    }
  | { readonly kind: "size"; readonly message: string };

/** What comes back. */
export interface BatchResult {
  readonly id: number;
  /** `[B, H, W, 3]`, `(pixels - 127.5) / 128`; zeros in the place of what is missing. */
  readonly images: Float32Array;
  readonly failures: readonly { readonly at: number; readonly failure: LoadFailure }[];
}
