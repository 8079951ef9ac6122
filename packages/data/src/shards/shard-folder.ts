import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { ShardError } from "./shard-error.ts";
import { readShardRecords, type ShardRecords, type ShardRow } from "./shard-index.ts";

/** Lists of records that are kept at hand: 64 shards of 8192 records are 8 MB. */
const LISTS_KEPT = 64;

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

/** Keeps the lists that were read last. */
export class ShardLists {
  readonly #lists = new Map<string, Promise<ShardRecords>>();
  #kept = LISTS_KEPT;

  /** From now on forgets nothing: for reading in an order that jumps. */
  keepAll(): void {
    this.#kept = Number.POSITIVE_INFINITY;
  }

  get(path: string, row: ShardRow): Promise<ShardRecords> {
    let list = this.#lists.get(path);
    if (list) this.#lists.delete(path);
    else {
      list = readShardRecords(path, row);
      list.catch(() => this.#lists.delete(path));
      if (this.#lists.size >= this.#kept) this.#lists.delete(this.#lists.keys().next().value!);
    }
    this.#lists.set(path, list); // now the last to be forgotten
    return list;
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
