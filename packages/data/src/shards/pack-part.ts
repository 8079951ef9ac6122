import { rm } from "node:fs/promises";
import { makeFolder } from "@amface/files";
import { CropDecoder, ImageError, type RgbImage } from "@amface/images";
import { loadAhead } from "../concurrency/load-ahead.ts";
import { Random } from "../numbers/random.ts";
import type { SkippedPhoto } from "../source/skipped-photo.ts";
import type { FaceRecord } from "./face-record.ts";
import { type InputPhoto, openPackInput } from "./pack-input.ts";
import { ShardError, type SkippedRecord } from "./shard-error.ts";
import type { ShardRow } from "./shard-index.ts";
import { ShardWriter } from "./shard-writer.ts";

/** `keep` stores each photo's file as it is, `raw` its decoded pixels. */
export type ShardEncoding = "keep" | "raw";

export interface PackOptions {
  /** Default `keep`. */
  readonly encoding?: ShardEncoding;
  /** Records a shard; default 8192, which is 30 MB of JPEG crops and 260 MB of raw ones. */
  readonly shardSize?: number;
  /** Seed of the order in which photos are packed; default 0. */
  readonly seed?: number;
  /** Leaves out photos that cannot be read, and counts them. Without it, the first one is an error. */
  readonly skipCorrupt?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Told how many of all photos are done. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Called for every photo that was left out. */
  readonly onSkip?: (skipped: SkippedPhoto | SkippedRecord) => void;
}

/** Shards of a part of a folder's photos, for `joinPacked`; it survives JSON. */
export interface PackedPart {
  readonly rows: readonly ShardRow[];
  /** All identities, in the first part. */
  readonly identities: readonly string[];
  /** Photos of each of them in this part. */
  readonly photos: readonly number[];
  readonly skipped: number;
  /** Size of the crops, and one that has it; absent where none can be read. */
  readonly first?: { readonly path: string; readonly height: number; readonly width: number };
}

/** Photos that are read and decoded together. */
const GROUP = 64;

/**
 * Packs one of several parts of a folder's photos into shards of their own: whole shards of those that `packShards`
 * would make, where every photo can be read.
 *
 * @param dir Emptied first.
 * @param part Its number, from 0, and how many there are.
 * @throws As `packShards`.
 */
export async function packPart(
  inputDir: string,
  dir: string,
  part: { readonly index: number; readonly count: number },
  options: PackOptions = {},
): Promise<PackedPart> {
  const { encoding = "keep", shardSize = 8192, seed = 0, skipCorrupt = false } = options;
  const { signal, onProgress, onSkip } = options;
  if (!Number.isInteger(shardSize) || shardSize < 1) {
    throw new RangeError(`Cannot pack shards: expected shardSize to be an integer >= 1, got ${shardSize}`);
  }
  await rm(dir, { recursive: true, force: true });
  await makeFolder(dir);
  let skipped = 0;
  const skip = (error: ImageError | ShardError) => {
    if (!skipCorrupt) throw error;
    skipped++;
    const path = error instanceof ShardError ? `record ${error.record} of ${error.path}` : error.path;
    onSkip?.({ path, error } as SkippedPhoto | SkippedRecord);
  };
  // What the list of records has lost concerns all parts, and counts once.
  const skipListed = (error: ShardError) => {
    if (part.index === 0 || !skipCorrupt) skip(error);
  };
  const input = await openPackInput(inputDir, await CropDecoder.create(), skipListed);
  const { identities } = input;
  const own = ownOf(new Random("pack", seed).permutation(input.photos), part, shardSize);
  const photos = new Int32Array(identities.length);
  const rows: ShardRow[] = [];
  let first: InputPhoto | undefined;
  let done = 0;
  let writer: ShardWriter | undefined;
  const groups = loadAhead(0, Math.ceil(own.length / GROUP), 2, (group) => ({
    handedOver: Promise.resolve(),
    value: input.read(own.subarray(group * GROUP, (group + 1) * GROUP)),
  }));
  try {
    for await (const group of groups) {
      signal?.throwIfAborted();
      for (const photo of group) {
        if (photo instanceof ImageError || photo instanceof ShardError) {
          skip(photo);
          continue;
        }
        first ??= photo;
        requireSize(photo.path, photo.image, first.image);
        writer ??= await ShardWriter.create(dir, shardName(rows.length));
        const { label } = photo;
        await writer.add(toRecord(photo, encoding, identities[label]));
        photos[label]++;
        if (writer.records === shardSize) {
          rows.push(await writer.finish());
          writer = undefined;
        }
      }
      done += group.length;
      onProgress?.(done, own.length);
    }
    if (writer) rows.push(await writer.finish());
    writer = undefined;
  } finally {
    await writer?.close();
    input.close();
  }
  return {
    ...{ rows, skipped, photos: Array.from(photos), identities: part.index === 0 ? identities : [] },
    ...(first && { first: { path: first.path, height: first.image.height, width: first.image.width } }),
  };
}

/** What a part packs of the order: whole shards, as many as any other part or one less. */
function ownOf(
  order: Uint32Array,
  { index, count }: { readonly index: number; readonly count: number },
  shardSize: number,
): Uint32Array {
  const shards = Math.ceil(order.length / shardSize);
  const at = (share: number) => Math.floor((share * shards) / count) * shardSize;
  return order.subarray(at(index), at(index + 1));
}

export const shardName = (shard: number) => `faces-${String(shard).padStart(5, "0")}.tfrecord`;

type Size = Pick<RgbImage, "height" | "width">;

/** @throws {RangeError} For a crop of another size than the first. */
export function requireSize(path: string, image: Size, { width, height }: Size): void {
  if (image.width === width && image.height === height) return;
  throw new RangeError(
    `Cannot pack ${path}: expected a crop of ${height}x${width} (height x width) like the first, ` +
      `got ${image.height}x${image.width}; run align first`,
  );
}

function toRecord(
  { bytes, image, format, label, filename }: InputPhoto,
  encoding: ShardEncoding,
  text: string,
): FaceRecord {
  const { height, width, data } = image;
  const stored = encoding === "raw" ? { encoded: data, format: "RAW" } : { encoded: bytes, format };
  return { ...stored, height, width, label, text, filename };
}
