import type { ImageProblem } from "@amface/images";
import type { AugmentOptions } from "../augment/augment.ts";
import type { ShardProblem } from "../shards/shard-error.ts";
import type { PhotoPlaces } from "../source/photo-columns.ts";

/** A batch to load, as it goes to a worker. */
export interface BatchJob {
  /** The stream of batches that it belongs to. */
  readonly stream: number;
  /** How many photos it has. */
  readonly size: number;
  readonly photos: PhotoPlaces;
  /** The first photo's position in the epoch, which names its random draws; the others follow. */
  readonly position: number;
  readonly height: number;
  readonly width: number;
  readonly seed: number;
  readonly epoch: number;
  readonly flip: boolean;
  readonly augment: AugmentOptions | undefined;
  /** Whether to tell the photos' names. */
  readonly names: boolean;
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
  /** `[B, H, W, 3]`, `(pixels - 127.5) / 128`; zeros in the place of what is missing. */
  readonly images: Float32Array;
  /** Names of the photos that were read, where they were asked for: a file's path, or a record's `image/filename`. */
  readonly names: readonly string[] | undefined;
  readonly failures: readonly { readonly at: number; readonly failure: LoadFailure }[];
}
