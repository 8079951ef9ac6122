import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@amface/images";
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
import { type ColumnTable, column } from "./column-table.ts";
import { identityColumns } from "./identity-columns.ts";
import { ShardError } from "./shard-error.ts";
import { FOOTER, HEADER } from "./tfrecord.ts";

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

/** What a shard's own index says of each of its records, in their order. */
export interface ShardRecords {
  /** `image/class/label`. */
  readonly classes: Int32Array;
  /** Bytes of the record's data. */
  readonly lengths: Uint32Array;
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

/** @param records Of one shard, in their order. */
export function encodeRecords(records: readonly { class: number; length: number }[]): Uint8Array {
  return encode({
    class: columnFromArray(
      Int32Array.from(records, (record) => record.class),
      int32(),
    ),
    length: columnFromArray(
      Uint32Array.from(records, (record) => record.length),
      uint32(),
    ),
  });
}

function encode(columns: Parameters<typeof tableFromColumns>[0]): Uint8Array {
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

/** The file that lists the records of a shard, beside it. */
export function recordsFile(shard: string): string {
  return `${shard.replace(/\.tfrecord$/, "")}.records.arrow`;
}

/**
 * Reads what a shard holds.
 *
 * @param shard The shard's path and what the table of shards says of it.
 * @param memory Where the list is read into, when it is large enough; the result is a view of it.
 * @throws {ShardError} When the list is missing, damaged, or does not add up to the shard's size.
 */
export async function readShardRecords(
  shard: string,
  { records, bytes }: ShardRow,
  memory?: ArrayBuffer,
): Promise<ShardRecords> {
  const path = recordsFile(shard);
  const table = await readTable(path, memory);
  const classes = column(table, "class") as Int32Array;
  const lengths = column(table, "length") as Uint32Array;
  const end = recordOffset(lengths, lengths.length);
  if (classes.length !== records || end !== bytes) {
    throw new ShardError(
      path,
      "index",
      undefined,
      `expected ${records} records of ${bytes} bytes in all, got ${classes.length} of ${end}; pack again`,
    );
  }
  return { classes, lengths };
}

/** Where the frame of a record begins, behind those of records of these lengths. */
export function recordOffset(lengths: Uint32Array, record: number): number {
  let offset = record * (HEADER + FOOTER);
  for (let i = 0; i < record; i++) offset += lengths[i];
  return offset;
}

/** @param memory Where the file is read into, when it is large enough. */
async function readTable(path: string, memory?: ArrayBuffer): Promise<Table> {
  let bytes: Uint8Array;
  try {
    bytes = await readInto(path, memory);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new ShardError(path, "missing", undefined, code === "ENOENT" ? "there is no such file" : message, {
      cause,
    });
  }
  try {
    return tableFromIPC(bytes);
  } catch (cause) {
    throw new ShardError(path, "index", undefined, "expected an Arrow file, got something else", { cause });
  }
}

async function readInto(path: string, memory?: ArrayBuffer): Promise<Uint8Array> {
  if (memory === undefined) return await readFile(path);
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    const bytes = new Uint8Array(size <= memory.byteLength ? memory : new ArrayBuffer(size), 0, size);
    await handle.read(bytes, 0, size, 0);
    return bytes;
  } finally {
    await handle.close();
  }
}
