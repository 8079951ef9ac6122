import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { ShardError } from "./shard-error.ts";
import { readShardRecords, type ShardRecords, type ShardRow } from "./shard-index.ts";

/** Lists of records that are kept at hand: a few, since the blocks of a window come from as many shards as there are. */
const LISTS_KEPT = 8;

/** One shard of a source: where it is, how many records it has, and a way to the list of them. */
export interface Shard {
  readonly path: string;
  readonly records: number;
  readonly crc32c: number;
  /** From `image/class/label` to the label that batches give; -1 for identities that are left out. */
  readonly labels: Int32Array;
  /** Whether any of its records may be left out. */
  readonly filtered: boolean;
  list(): Promise<ShardRecords>;
}

/**
 * Keeps the lists that were read last. The memory of the oldest is used again for the next, so that reading thousands
 * of lists an epoch leaves nothing for the garbage collector: a list must be used at once, before others are asked for.
 */
export class ShardLists {
  readonly #lists = new Map<string, { records: Promise<ShardRecords>; memory: ArrayBuffer }>();
  #kept = LISTS_KEPT;

  /** From now on forgets nothing: for reading in an order that jumps. */
  keepAll(): void {
    this.#kept = Number.POSITIVE_INFINITY;
  }

  get(path: string, row: ShardRow): Promise<ShardRecords> {
    let list = this.#lists.get(path);
    if (list) this.#lists.delete(path);
    else {
      const memory = this.#memoryFor(row.records);
      list = { records: readShardRecords(path, row, memory), memory };
      list.records.catch(() => this.#lists.delete(path));
    }
    this.#lists.set(path, list); // now the last to be forgotten
    return list.records;
  }

  #memoryFor(records: number): ArrayBuffer {
    const size = 8 * records + 4096; // two numbers a record, and what an Arrow file has besides
    if (this.#lists.size < this.#kept) return new ArrayBuffer(size);
    const [oldest, { memory }] = this.#lists.entries().next().value!;
    this.#lists.delete(oldest);
    return memory.byteLength >= size ? memory : new ArrayBuffer(size);
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
