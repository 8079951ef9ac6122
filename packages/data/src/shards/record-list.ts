import { open } from "node:fs/promises";
import { columnFromArray, int32, type Table, uint32 } from "@uwdata/flechette";
import { column } from "../source/column-table.ts";
import { ShardError } from "./shard-error.ts";
import { decodeTable, encode, readOr, type ShardRow } from "./shard-index.ts";
import { FOOTER, HEADER } from "./tfrecord.ts";

/** Layouts that are kept: all shards of a folder but the last have the same. */
const LAYOUTS_KEPT = 16;

/** What a shard's own index says of each of its records, in their order. */
export interface ShardRecords {
  /** `image/class/label`. */
  readonly classes: Int32Array;
  /** Bytes of the record's data. */
  readonly lengths: Uint32Array;
}

/** The file that lists the records of a shard, beside it. */
export function recordsFile(shard: string): string {
  return `${shard.replace(/\.tfrecord$/, "")}.records.arrow`;
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

/** Where the frame of a record begins, behind those of records of these lengths. */
export function recordOffset(lengths: Uint32Array, record: number, frame = HEADER + FOOTER): number {
  let offset = record * frame;
  for (let i = 0; i < record; i++) offset += lengths[i];
  return offset;
}

/** Where the columns lie in a list's file, and what it holds besides. */
interface Layout {
  readonly classes: number;
  readonly lengths: number;
  readonly records: number;
  /** All bytes around the columns. */
  readonly rest: Buffer;
}

/**
 * Reads lists of records. Only the first of its kind is decoded as a table: a file that equals it everywhere around the
 * columns has its own in the same places. Tables of thousands of lists would leave some 4 KB each in V8's old generation
 * until its next full collection, which may be hours away.
 */
export class RecordLists {
  readonly #layouts = new Map<number, Layout>();

  /**
   * @param shard The shard's path and what the table of shards says of it.
   * @param memory Where the list is read into, when it is large enough; the result is a view of it.
   * @throws {ShardError} When the list is missing, damaged, or does not add up to the shard's size.
   */
  async read(shard: string, { records, bytes }: ShardRow, memory: ArrayBuffer): Promise<ShardRecords> {
    const path = recordsFile(shard);
    const file = await readOr(path, readInto(path, memory));
    const list = this.#known(file) ?? this.#decode(path, file);
    const end = recordOffset(list.lengths, list.lengths.length);
    if (list.classes.length === records && end === bytes) return list;
    const problem = `expected ${records} records of ${bytes} bytes in all, got ${list.classes.length} of ${end}; pack again`;
    throw new ShardError(path, "index", undefined, problem);
  }

  #known(file: Uint8Array): ShardRecords | undefined {
    const layout = this.#layouts.get(file.length);
    if (layout === undefined || !around(file, layout).equals(layout.rest)) return undefined;
    const { classes, lengths, records } = layout;
    return {
      classes: new Int32Array(file.buffer, file.byteOffset + classes, records),
      lengths: new Uint32Array(file.buffer, file.byteOffset + lengths, records),
    };
  }

  #decode(path: string, file: Uint8Array): ShardRecords {
    const table: Table = decodeTable(path, file);
    const classes = column(table, "class") as Int32Array;
    const lengths = column(table, "length") as Uint32Array;
    if (classes instanceof Int32Array && lengths instanceof Uint32Array) this.#learn(file, classes, lengths);
    return { classes, lengths };
  }

  #learn(file: Uint8Array, classes: Int32Array, lengths: Uint32Array): void {
    if (classes.buffer !== file.buffer || lengths.buffer !== file.buffer) return; // put together from parts
    const places = {
      classes: classes.byteOffset - file.byteOffset,
      lengths: lengths.byteOffset - file.byteOffset,
      records: lengths.length,
    };
    if (this.#layouts.size === LAYOUTS_KEPT) this.#layouts.clear();
    this.#layouts.set(file.length, { ...places, rest: around(file, places) });
  }
}

/** The bytes of a list's file around its columns. */
function around(file: Uint8Array, { classes, lengths, records }: Omit<Layout, "rest">): Buffer {
  const [first, second] = [Math.min(classes, lengths), Math.max(classes, lengths)];
  const size = records * Int32Array.BYTES_PER_ELEMENT;
  return Buffer.concat([
    file.subarray(0, first),
    file.subarray(first + size, second),
    file.subarray(second + size),
  ]);
}

async function readInto(path: string, memory: ArrayBuffer): Promise<Uint8Array> {
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
