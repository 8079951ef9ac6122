import { createHash } from "node:crypto";
import { readdir, readFile, rename, rmdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { makeFolder, WriteError, writeFileAtomic } from "@amface/files";
import { ALIGNMENT_FILE, formatAlignment, readAlignment } from "@amface/images";
import {
  type PackedPart,
  type PackOptions,
  requireSize,
  type ShardEncoding,
  shardName,
} from "./pack-part.ts";
import { recordsFile } from "./record-list.ts";
import { recutShards } from "./recut-shards.ts";
import { encodeIndex, encodeShards, INDEX_FILE, SHARDS_FILE, type ShardRow } from "./shard-index.ts";

export interface PackSummary {
  readonly shards: number;
  readonly records: number;
  readonly identities: number;
  readonly skipped: number;
  readonly bytes: number;
  readonly encoding: ShardEncoding;
}

/**
 * Joins all parts of a folder's photos to what `packShards` makes of it. One that was interrupted may be called again, also
 * where its shards were in place already.
 *
 * @param folder Of the parts, those of `packPart` in its folders `0`, `1`, …; on the disk of `outputDir`.
 * @throws As `packShards`.
 */
export async function joinPacked(
  inputDir: string,
  outputDir: string,
  folder: string,
  parts: readonly PackedPart[],
  { encoding = "keep", shardSize = 8192, signal }: PackOptions = {},
): Promise<PackSummary> {
  const target = resolve(outputDir);
  const note = join(folder, NOTE);
  const earlier = await movedBefore(note, target);
  if (earlier) return earlier;
  await requireEmpty(target);
  const sizes = parts.flatMap(({ first }) => first ?? []);
  for (const size of sizes) requireSize(size.path, size, sizes[0]);
  const skipped = parts.reduce((sum, part) => sum + part.skipped, 0);
  if (sizes.length === 0)
    throw new Error(`Cannot pack ${inputDir}: expected readable photos, got ${skipped} that are not`);
  const dir = join(folder, "joined");
  await makeFolder(dir);
  const whole = parts.flatMap(({ rows }, part) =>
    rows.map((row) => ({ row, path: join(folder, String(part), row.file) })),
  );
  const rows = whole.slice(0, -1).every(({ row }) => row.records === shardSize)
    ? await moveShards(dir, whole)
    : await recutShards(dir, whole, shardSize, signal);
  const photos = parts[0].identities.map((_, label) =>
    parts.reduce((sum, part) => sum + part.photos[label], 0),
  );
  const index = parts[0].identities.flatMap((identity, label) =>
    photos[label] === 0 ? [] : [{ label, identity, photos: photos[label], folder: "", class: label }],
  );
  const alignment = await readAlignment(inputDir);
  if (alignment) await writeFileAtomic(join(dir, ALIGNMENT_FILE), formatAlignment(alignment));
  await writeFileAtomic(join(dir, SHARDS_FILE), encodeShards(rows));
  await writeFileAtomic(join(dir, INDEX_FILE), encodeIndex(index));
  const [records, bytes] = (["records", "bytes"] as const).map((name) =>
    rows.reduce((sum, row) => sum + row[name], 0),
  );
  const summary = { shards: rows.length, records, identities: index.length, skipped, bytes, encoding };
  signal?.throwIfAborted();
  const shards = digest(encodeShards(rows));
  await writeFileAtomic(note, JSON.stringify({ summary, shards } satisfies Note));
  await moveInto(dir, target);
  return summary;
}

/** Says what is about to be moved into place, to a call that goes on after this one was killed. */
const NOTE = "packed.json";

interface Note {
  readonly summary: PackSummary;
  /** SHA-256 of the list of shards, which has their checksums. */
  readonly shards: string;
}

/** The summary of the shards that an interrupted call had put in place already. */
async function movedBefore(note: string, target: string): Promise<PackSummary | undefined> {
  const [noted, list] = await Promise.all(
    [note, join(target, SHARDS_FILE)].map((path) => readFile(path).catch(() => undefined)),
  );
  if (noted === undefined || list === undefined) return undefined;
  const { summary, shards } = JSON.parse(noted.toString()) as Note;
  return digest(list) === shards ? summary : undefined;
}

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/**
 * @param doing What is going to fill it.
 * @throws {Error} Where a folder, to be filled, holds something.
 */
export async function requireEmpty(dir: string, doing = "pack"): Promise<void> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new WriteError(dir, error);
  });
  if (names.length === 0) return;
  throw new Error(`Cannot ${doing} into ${dir}: expected an empty folder or none, got ${names[0]} in it`);
}

async function moveInto(temporary: string, target: string): Promise<void> {
  try {
    await rmdir(target).catch(() => {}); // an empty one, which Windows does not replace
    await rename(temporary, target);
  } catch (cause) {
    throw new WriteError(target, cause);
  }
}

/** Moves shards and their lists into one folder and numbers them. */
async function moveShards(
  dir: string,
  shards: readonly { readonly row: ShardRow; readonly path: string }[],
): Promise<ShardRow[]> {
  const move = async (from: string, to: string) => {
    await rename(from, to).catch(async (cause: NodeJS.ErrnoException) => {
      const moved = cause.code === "ENOENT" && (await stat(to).catch(() => undefined)); // before an interruption
      if (!moved) throw new WriteError(to, cause);
    });
  };
  for (const [i, { path }] of shards.entries()) {
    const to = join(dir, shardName(i));
    await move(path, to);
    await move(recordsFile(path), recordsFile(to));
  }
  return shards.map(({ row }, i) => ({ ...row, file: shardName(i) }));
}
