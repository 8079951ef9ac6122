import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { ClassLabels } from "./class-labels.ts";
import { RecordLists, recordOffset, type ShardRecords } from "./record-list.ts";
import { ShardError } from "./shard-error.ts";
import type { ShardRow } from "./shard-index.ts";
import { FOOTER, HEADER } from "./tfrecord.ts";

/** Lists of records that are kept at hand: a few, since the blocks of a window come from as many shards as there are. */
const LISTS_KEPT = 8;

/** A run of records in a file of more. */
export interface ShardPart {
  /** The byte where the first one begins, and its place among the file's. */
  readonly start: number;
  readonly first: number;
  /** Bytes of each record beside its length in the list. */
  readonly frame: number;
}

const WHOLE_FILE: ShardPart = { start: 0, first: 0, frame: HEADER + FOOTER };

/** Where the records of a shard stand from `record` on, one after the other: a call for each. */
export function recordPlaces(
  { part = WHOLE_FILE }: Pick<Shard, "part">,
  lengths: Uint32Array,
  record = 0,
): () => { readonly record: number; readonly offset: number; readonly length: number } {
  let [i, offset] = [record, part.start + recordOffset(lengths, record, part.frame)];
  return () => {
    const place = { record: part.first + i, offset, length: lengths[i] };
    offset += part.frame + lengths[i++];
    return place;
  };
}

/** One shard of a source: where it is, how many records it has, and a way to the list of them. */
export interface Shard {
  readonly path: string;
  readonly records: number;
  readonly crc32c: number;
  readonly labels: ClassLabels;
  /** Records that are left out, whatever their label. */
  readonly excluded?: ReadonlySet<number>;
  /** Where its records stand, for a shard that is a part of its file. */
  readonly part?: ShardPart;
  /** Whether any of its records may be left out. */
  readonly filtered: boolean;
  list(): Promise<ShardRecords>;
}

/** The label of a shard's record; -1 where it is left out. `classes` is what the shard's list says. */
export function recordLabel({ labels, excluded }: Shard, classes: Int32Array, record: number): number {
  return excluded?.has(record) ? -1 : labels.of(classes[record]);
}

interface KeptList {
  readonly path: string;
  readonly records: Promise<ShardRecords>;
  readonly memory: ArrayBuffer;
  /** Whether it has been read: until then its memory is not free. */
  read: boolean;
}

/**
 * Keeps the lists that were read last. The memory of the oldest is used again for the next, so that reading thousands
 * of lists an epoch leaves nothing for the garbage collector: a list must be used at once, before others are asked for.
 */
export class ShardLists {
  readonly #lists = new RecordLists();
  #recent: KeptList[] = [];
  /** All lists by path, where none is to be forgotten. */
  #all: Map<string, KeptList> | undefined;

  /** From now on forgets nothing: for reading in an order that jumps. */
  keepAll(): void {
    this.#all ??= new Map(this.#recent.map((list) => [list.path, list]));
  }

  get(path: string, row: ShardRow): Promise<ShardRecords> {
    const known = this.#all ? this.#all.get(path) : this.#recent.find((list) => list.path === path);
    if (known) return known.records;
    const memory = this.#memoryFor(row.records);
    const list = { path, memory, records: this.#lists.read(path, row, memory), read: false };
    list.records.then(
      () => {
        list.read = true;
      },
      () => this.#forget(list),
    );
    if (this.#all) this.#all.set(path, list);
    else this.#recent.push(list);
    return list.records;
  }

  #forget(list: KeptList): void {
    this.#recent = this.#recent.filter((other) => other !== list);
    if (this.#all?.get(list.path) === list) this.#all.delete(list.path);
  }

  #memoryFor(records: number): ArrayBuffer {
    const size = 8 * records + 4096; // two numbers a record, and what an Arrow file has besides
    if (this.#all || this.#recent.length < LISTS_KEPT) return new ArrayBuffer(size);
    const { memory, read } = this.#recent.shift()!;
    return read && memory.byteLength >= size ? memory : new ArrayBuffer(size);
  }
}

/**
 * Checks that a shard is there and as long as the index says.
 *
 * @param skipCorrupt Lets a missing end pass: its records then fail one by one.
 * @throws {ShardError} When it is missing, cut, or of another size.
 */
export async function checkShard(
  dir: string,
  { file, records, bytes }: ShardRow,
  skipCorrupt: boolean,
): Promise<void> {
  const path = join(dir, file);
  if (basename(file) !== file) {
    throw new ShardError(
      dir,
      "index",
      undefined,
      `expected the name of a file beside the index, got ${file}`,
    );
  }
  const size = await stat(path).then(
    (found) => found.size,
    () => undefined,
  );
  if (size === bytes) return;
  if (size === undefined) {
    throw new ShardError(
      path,
      "missing",
      undefined,
      "expected the shard that the index names, got nothing there",
    );
  }
  const expected = `expected ${records} records in ${bytes} bytes, as its index says, got ${size} bytes`;
  if (size > bytes) throw new ShardError(path, "index", undefined, `${expected}; pack again`);
  if (skipCorrupt) return;
  throw new ShardError(path, "truncated", undefined, `${expected}; pack again, or skip what is corrupt`);
}
