import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import { classLabels } from "./identity-columns.ts";
import { indexedRecords } from "./indexed-records.ts";
import type { ShardRecords } from "./record-list.ts";
import { isRecordIo } from "./recordio.ts";
import type { Segment } from "./recordio-segments.ts";
import { ShardError } from "./shard-error.ts";
import { countedIdentities, type KeptLists, ShardSource, type ShardSourceOptions } from "./shard-source.ts";
import { walkRecords } from "./walk-records.ts";

/** Lists that are kept at hand. */
const LISTS_KEPT = 8;

/** The `.rec` file of a folder, `train.rec` where there are more; `undefined` where there is none. */
export async function recordIoFile(dir: string): Promise<string | undefined> {
  const names = (await readdir(dir).catch(() => [])).filter(isRecordIo);
  if (names.length <= 1 || names.includes("train.rec")) {
    return names.length === 0 ? undefined : join(dir, names.length === 1 ? names[0] : "train.rec");
  }
  throw new ShardError(
    dir,
    "format",
    undefined,
    `expected one .rec file, or train.rec, got ${names.sort().join(", ")}`,
  );
}

/**
 * Opens a file of MXNet's records (RecordIO): photos with their labels, as InsightFace's sets are. With its `.idx` file and
 * records of identities, only these are read; any other is walked once from record to record. Identities are numbered in
 * the order of the records' labels, and called by them; a photo is called by its label and its place in the file. A number
 * for each identity and a line for 512 records stay in memory.
 *
 * @throws {ShardError} When the file is missing or damaged.
 * @throws {RangeError} When no record has an image.
 */
export async function recordIoSource(
  path: string,
  { skipCorrupt, onSkip }: Pick<ShardSourceOptions, "skipCorrupt" | "onSkip"> = {},
): Promise<ShardSource> {
  const index = path.replace(/rec$/, "idx");
  const indexed = await access(index).then(
    () => true,
    () => false,
  );
  const { segments, counts, problems } = (indexed && indexedRecords(path, index)) || walkRecords(path);
  for (const problem of problems) {
    if (!skipCorrupt) throw problem;
    onSkip?.(problem);
  }
  if (counts.size === 0) throw new RangeError(`Cannot use ${path}: expected records with a photo, got none`);
  const identities = countedIdentities(counts);
  const labels = classLabels(identities, identities.label);
  const lists = new SegmentLists();
  const shards = segments.map((segment) => ({
    ...{ path, labels, records: segment.records, filtered: segment.filtered },
    crc32c: (segment.end - segment.start) % 2 ** 32,
    part: { start: segment.start, first: segment.first, frame: 0 },
    list: async () => lists.get(segment),
  }));
  return new ShardSource(identities, shards, lists);
}

/** The lists that were made last. */
class SegmentLists implements KeptLists {
  readonly #lists = new Map<Segment, ShardRecords>();
  #all = false;

  keepAll(): void {
    this.#all = true;
  }

  get(segment: Segment): ShardRecords {
    const list = this.#lists.get(segment) ?? segment.list();
    if (!this.#all && !this.#lists.has(segment) && this.#lists.size === LISTS_KEPT) {
      const [oldest] = this.#lists.keys();
      this.#lists.delete(oldest);
    }
    this.#lists.set(segment, list);
    return list;
  }
}
