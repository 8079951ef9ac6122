import { randomUUID } from "node:crypto";
import { readdir, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { makeFolder, WriteError, writeFileAtomic } from "@amface/files";
import {
  ALIGNMENT_FILE,
  CropDecoder,
  formatAlignment,
  ImageError,
  type RgbImage,
  readAlignment,
} from "@amface/images";
import { loadAhead } from "../concurrency/load-ahead.ts";
import { Random } from "../numbers/random.ts";
import type { SkippedPhoto } from "../source/skipped-photo.ts";
import type { FaceRecord } from "./face-record.ts";
import { type InputPhoto, openPackInput } from "./pack-input.ts";
import { ShardError, type SkippedRecord } from "./shard-error.ts";
import { encodeIndex, encodeShards, INDEX_FILE, SHARDS_FILE, type ShardRow } from "./shard-index.ts";
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

export interface PackSummary {
  readonly shards: number;
  readonly records: number;
  readonly identities: number;
  readonly skipped: number;
  readonly bytes: number;
  readonly encoding: ShardEncoding;
}

/** Photos that are read and decoded together. */
const GROUP = 64;

/**
 * Packs a folder of aligned crops, `inputDir/identity/photo.jpg`, or of MXNet's records of them, into TFRecord shards of `tf.train.Example`,
 * with an index of identities (`index.arrow`), of shards (`shards.arrow`) and of each shard's records. Photos are
 * packed in a random order, so that any run of records is a sample of all identities; labels are the places of the
 * identities in plain order of their names. The same photos and seed give the same bytes. The record of how the
 * crops were aligned, where there is one, comes along.
 *
 * Everything is written beside `outputDir` under a hidden name and moved there at the end: whatever happens
 * before, `outputDir` stays as it was, and nothing else is left behind.
 *
 * @param outputDir A folder that is empty or not there yet.
 * @throws {RangeError} When an option is out of range, or crops differ in size.
 * @throws {ImageError} When a photo cannot be read and `skipCorrupt` is not set; {ShardError} for one in a record.
 * @throws {WriteError} When the disk is full or `outputDir` not writable.
 */
export async function packShards(
  inputDir: string,
  outputDir: string,
  options: PackOptions = {},
): Promise<PackSummary> {
  const { shardSize = 8192, signal } = options;
  if (!Number.isInteger(shardSize) || shardSize < 1) {
    throw new RangeError(`Cannot pack shards: expected shardSize to be an integer >= 1, got ${shardSize}`);
  }
  const target = resolve(outputDir);
  await requireEmpty(target);
  const temporary = join(dirname(target), `.packing-${randomUUID().slice(0, 8)}`);
  try {
    await makeFolder(temporary);
    const packed = await packInto(temporary, inputDir, options);
    signal?.throwIfAborted();
    await moveInto(temporary, target);
    return packed;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

async function requireEmpty(dir: string): Promise<void> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new WriteError(dir, error);
  });
  if (names.length === 0) return;
  throw new Error(`Cannot pack into ${dir}: expected an empty folder or none, got ${names[0]} in it`);
}

async function moveInto(temporary: string, target: string): Promise<void> {
  try {
    await rmdir(target).catch(() => {}); // an empty one, which Windows does not replace
    await rename(temporary, target);
  } catch (cause) {
    throw new WriteError(target, cause);
  }
}

/** Writes all files of the shard folder into `dir`. */
async function packInto(dir: string, inputDir: string, options: PackOptions): Promise<PackSummary> {
  const { encoding = "keep", shardSize = 8192, seed = 0, skipCorrupt = false } = options;
  const { signal, onProgress, onSkip } = options;
  let skipped = 0;
  const skip = (error: ImageError | ShardError) => {
    if (!skipCorrupt) throw error;
    skipped++;
    const path = error instanceof ShardError ? `record ${error.record} of ${error.path}` : error.path;
    onSkip?.({ path, error } as SkippedPhoto | SkippedRecord);
  };
  const input = await openPackInput(inputDir, await CropDecoder.create(), skip);
  const { identities } = input;
  const order = new Random("pack", seed).permutation(input.photos);
  const photos = new Int32Array(identities.length);
  const rows: ShardRow[] = [];
  let size: RgbImage | undefined;
  let done = 0;
  let writer: ShardWriter | undefined;
  const groups = loadAhead(0, Math.ceil(input.photos / GROUP), 2, (group) => ({
    handedOver: Promise.resolve(),
    value: input.read(order.subarray(group * GROUP, (group + 1) * GROUP)),
  }));
  try {
    for await (const group of groups) {
      signal?.throwIfAborted();
      for (const photo of group) {
        if (photo instanceof ImageError || photo instanceof ShardError) {
          skip(photo);
          continue;
        }
        size ??= photo.image;
        requireSize(photo, size);
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
      onProgress?.(done, input.photos);
    }
    if (writer) rows.push(await writer.finish());
    writer = undefined;
  } finally {
    await writer?.close();
    input.close();
  }
  const records = rows.reduce((sum, row) => sum + row.records, 0);
  if (records === 0)
    throw new Error(`Cannot pack ${inputDir}: expected readable photos, got ${skipped} that are not`);
  const index = identities.flatMap((identity, label) =>
    photos[label] === 0 ? [] : [{ label, identity, photos: photos[label], folder: "", class: label }],
  );
  const alignment = await readAlignment(inputDir);
  if (alignment) await writeFileAtomic(join(dir, ALIGNMENT_FILE), formatAlignment(alignment));
  await writeFileAtomic(join(dir, SHARDS_FILE), encodeShards(rows));
  await writeFileAtomic(join(dir, INDEX_FILE), encodeIndex(index));
  const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
  return { shards: rows.length, records, identities: index.length, skipped, bytes, encoding };
}

const shardName = (shard: number) => `faces-${String(shard).padStart(5, "0")}.tfrecord`;

function requireSize({ path, image }: InputPhoto, { width, height }: RgbImage): void {
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
