import { randomUUID } from "node:crypto";
import { readdir, rename, rm, rmdir } from "node:fs/promises";
import { dirname, extname, join, relative, resolve, sep } from "node:path";
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
import { identityFolder } from "../folder/identity-folder.ts";
import { Random } from "../numbers/random.ts";
import type { FaceFile } from "../source/photo-columns.ts";
import { type PhotoFile, readPhoto } from "../source/read-photo.ts";
import type { SkippedPhoto } from "../source/skipped-photo.ts";
import type { FaceRecord } from "./face-record.ts";
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
  readonly onSkip?: (skipped: SkippedPhoto) => void;
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
 * Packs a folder of aligned crops, `inputDir/identity/photo.jpg`, into TFRecord shards of `tf.train.Example`,
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
 * @throws {ImageError} When a photo cannot be read and `skipCorrupt` is not set.
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
  const { identities, files } = await identityFolder(inputDir);
  const target = resolve(outputDir);
  await requireEmpty(target);
  const temporary = join(dirname(target), `.packing-${randomUUID().slice(0, 8)}`);
  try {
    await makeFolder(temporary);
    const packed = await packFiles(inputDir, temporary, identities, files, options);
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
async function packFiles(
  inputDir: string,
  dir: string,
  identities: readonly string[],
  files: readonly FaceFile[],
  options: PackOptions,
): Promise<PackSummary> {
  const { encoding = "keep", shardSize = 8192, seed = 0, skipCorrupt = false } = options;
  const { signal, onProgress, onSkip } = options;
  const order = new Random("pack", seed).permutation(files.length);
  const decoder = await CropDecoder.create();
  const photos = new Int32Array(identities.length);
  const rows: ShardRow[] = [];
  let size: RgbImage | undefined;
  let skipped = 0;
  let done = 0;
  let writer: ShardWriter | undefined;
  const groups = loadAhead(0, Math.ceil(files.length / GROUP), 2, (group) => ({
    handedOver: Promise.resolve(),
    value: Promise.all(
      Array.from(order.subarray(group * GROUP, (group + 1) * GROUP), (i) => readWhole(files[i], decoder)),
    ),
  }));
  try {
    for await (const group of groups) {
      signal?.throwIfAborted();
      for (const photo of group) {
        if (photo instanceof ImageError) {
          if (!skipCorrupt) throw photo;
          skipped++;
          onSkip?.({ path: photo.path, error: photo });
          continue;
        }
        size ??= photo.image;
        requireSize(photo, size);
        writer ??= await ShardWriter.create(dir, shardName(rows.length));
        const { label } = photo.file;
        await writer.add(toRecord(photo, encoding, identities[label], inputDir));
        photos[label]++;
        if (writer.records === shardSize) {
          rows.push(await writer.finish());
          writer = undefined;
        }
      }
      done += group.length;
      onProgress?.(done, files.length);
    }
    if (writer) rows.push(await writer.finish());
    writer = undefined;
  } finally {
    await writer?.close();
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

interface Photo extends PhotoFile {
  readonly file: FaceFile;
}

/** Reads and decodes a photo: what is packed is known to be whole. */
async function readWhole(file: FaceFile, decoder: CropDecoder): Promise<Photo | ImageError> {
  try {
    return { file, ...(await readPhoto(file.path, decoder)) };
  } catch (error) {
    if (error instanceof ImageError) return error;
    throw error;
  }
}

function requireSize({ file, image }: Photo, { width, height }: RgbImage): void {
  if (image.width === width && image.height === height) return;
  throw new RangeError(
    `Cannot pack ${file.path}: expected a crop of ${height}x${width} (height x width) like the first, ` +
      `got ${image.height}x${image.width}; run align first`,
  );
}

const FORMATS: Record<string, string> = { ".jpg": "JPEG", ".jpeg": "JPEG", ".tif": "TIFF", ".tiff": "TIFF" };

function toRecord(
  { file, bytes, image }: Photo,
  encoding: ShardEncoding,
  text: string,
  inputDir: string,
): FaceRecord {
  const extension = extname(file.path).toLowerCase();
  return {
    encoded: encoding === "raw" ? image.data : bytes,
    format: encoding === "raw" ? "RAW" : (FORMATS[extension] ?? extension.slice(1).toUpperCase()),
    height: image.height,
    width: image.width,
    label: file.label,
    text,
    filename: relative(inputDir, file.path).split(sep).join("/"),
  };
}
