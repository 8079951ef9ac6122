import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@amface/files";
import {
  columnFromArray,
  float64,
  int32,
  type Table,
  tableFromColumns,
  tableFromIPC,
  tableToIPC,
  uint32,
  utf8,
} from "@uwdata/flechette";
import { type ColumnTable, column } from "../source/column-table.ts";
import { checkArrow } from "./check-arrow.ts";
import { identityColumns } from "./identity-columns.ts";
import { ShardError } from "./shard-error.ts";

/** The identities of a shard folder, a row each; Arrow, so that any table library can edit it. */
export const INDEX_FILE = "index.arrow";
/** The shards of a folder, a row each. */
export const SHARDS_FILE = "shards.arrow";

/** A row of the index. */
export interface IdentityRow {
  /** What batches call the identity. Rows of one label are one person. */
  readonly label: number;
  readonly identity: string;
  readonly photos: number;
  /** The shard folder that holds the photos, relative to the index; empty for its own. */
  readonly folder: string;
  /** `image/class/label` of the identity's records in that folder. */
  readonly class: number;
}

/** A row of the table of shards. */
export interface ShardRow {
  readonly file: string;
  readonly records: number;
  readonly bytes: number;
  /** CRC-32C of the whole file. */
  readonly crc32c: number;
}

/**
 * Reads the index of a shard folder, as a flechette table; `arquero.fromArrow` takes it, or the file itself.
 *
 * @throws {ShardError} When it is missing or no Arrow file.
 */
export async function readShardIndex(dir: string): Promise<Table> {
  return await readTable(join(dir, INDEX_FILE));
}

/**
 * Writes an index into a shard folder, in place of the one there.
 *
 * @param table The columns `label`, `identity`, `photos` and `class`, and `folder` where photos lie elsewhere.
 * @throws {RangeError} When a column is missing, or a label or class is no number from 0.
 */
export async function writeShardIndex(dir: string, table: ColumnTable): Promise<void> {
  const { label, photos, class: classes, nameOf, folderOf } = identityColumns(table);
  const rows = Array.from(label, (_, i) => {
    return {
      label: label[i],
      identity: nameOf(i),
      photos: photos[i],
      folder: folderOf(i),
      class: classes[i],
    };
  });
  await writeFileAtomic(join(dir, INDEX_FILE), encodeIndex(rows));
}

export function encodeIndex(rows: readonly IdentityRow[]): Uint8Array {
  return encode({
    label: columnFromArray(
      Int32Array.from(rows, (row) => row.label),
      int32(),
    ),
    identity: columnFromArray(
      rows.map((row) => row.identity),
      utf8(),
    ),
    photos: columnFromArray(
      Int32Array.from(rows, (row) => row.photos),
      int32(),
    ),
    folder: columnFromArray(
      rows.map((row) => row.folder),
      utf8(),
    ),
    class: columnFromArray(
      Int32Array.from(rows, (row) => row.class),
      int32(),
    ),
  });
}

export function encodeShards(rows: readonly ShardRow[]): Uint8Array {
  return encode({
    file: columnFromArray(
      rows.map((row) => row.file),
      utf8(),
    ),
    records: columnFromArray(
      Int32Array.from(rows, (row) => row.records),
      int32(),
    ),
    bytes: columnFromArray(
      Float64Array.from(rows, (row) => row.bytes),
      float64(),
    ),
    crc32c: columnFromArray(
      Uint32Array.from(rows, (row) => row.crc32c),
      uint32(),
    ),
  });
}

export function encode(columns: Parameters<typeof tableFromColumns>[0]): Uint8Array {
  return tableToIPC(tableFromColumns(columns), { format: "file" })!;
}

export async function readShardRows(dir: string): Promise<ShardRow[]> {
  const path = join(dir, SHARDS_FILE);
  const table = await readTable(path);
  const [files, records, bytes, crcs] = ["file", "records", "bytes", "crc32c"].map((name) =>
    column(table, name),
  );
  return Array.from(files, (file, i) => ({
    file: String(file),
    records: Number(records[i]),
    bytes: Number(bytes[i]),
    crc32c: Number(crcs[i]),
  }));
}

async function readTable(path: string): Promise<Table> {
  return decodeTable(path, await readOr(path, readFile(path)));
}

/**
 * What a file of the index is read by.
 *
 * @throws {ShardError} When the file is missing or unreadable.
 */
export async function readOr<T>(path: string, reading: Promise<T>): Promise<T> {
  return await reading.catch((cause: NodeJS.ErrnoException) => {
    const problem = cause.code === "ENOENT" ? "there is no such file" : cause.message;
    throw new ShardError(path, "missing", undefined, problem, { cause });
  });
}

/** @throws {ShardError} When the bytes are no Arrow file. */
export function decodeTable(path: string, bytes: Uint8Array): Table {
  try {
    return tableFromIPC(checkArrow(bytes));
  } catch (cause) {
    throw new ShardError(path, "index", undefined, "expected an Arrow file, got something else", { cause });
  }
}
