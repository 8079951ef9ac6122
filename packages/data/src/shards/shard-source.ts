import { createHash } from "node:crypto";
import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import { scanTfrecords } from "./scan-tfrecords.ts";
import { ShardError } from "./shard-error.ts";
import { checkShard, type Shard, ShardLists } from "./shard-folder.ts";
import {
  type ColumnTable,
  type IdentityRow,
  INDEX_FILE,
  identityRows,
  readShardIndex,
  readShardRows,
  type ShardRow,
} from "./shard-index.ts";

export interface ShardSourceOptions {
  /** Identities to use in place of those of `index.arrow`: its table with rows dropped, added or renumbered. */
  readonly index?: ColumnTable;
  /** Opens shards whose end is missing, and passes over records of foreign files that have no label. */
  readonly skipCorrupt?: boolean;
  /** Called for every record of a foreign file that was passed over. */
  readonly onSkip?: (problem: ShardError) => void;
}

/**
 * Photos in TFRecord shards. Held in memory are the identities and a line for each shard; lists of records are
 * read when their turn comes.
 */
export class ShardSource {
  /** Names by label. Labels that the index left out have an empty one: nobody's label moves when others go. */
  readonly identities: readonly string[];
  /** Photos of each label. */
  readonly counts: Uint32Array;
  /** How many photos there are. */
  readonly photos: number;
  readonly shards: readonly Shard[];
  readonly lists: ShardLists;
  /** A hash of which photos these are and whose: of the identities and the shards' checksums. */
  readonly fingerprint: string;

  constructor(rows: readonly IdentityRow[], shards: readonly Shard[], lists = new ShardLists()) {
    const last = rows.reduce((most, { label }) => Math.max(most, label), -1);
    const identities: string[] = new Array(last + 1).fill("");
    this.counts = new Uint32Array(last + 1);
    const hash = createHash("sha256");
    for (const { label, identity, photos, class: number } of rows) {
      identities[label] = identity;
      this.counts[label] += photos;
      hash.update(`${label} ${identity} ${photos} ${number}\n`);
    }
    for (const { records, crc32c } of shards) hash.update(`${records} ${crc32c}\n`);
    this.identities = identities;
    this.photos = this.counts.reduce((sum, count) => sum + count, 0);
    this.shards = shards;
    this.lists = lists;
    this.fingerprint = hash.digest("hex").slice(0, 16);
  }

  /**
   * A source of some of the identities, on the same shards.
   *
   * @param labels From a label of this source to that of the new one, 0 to their number less 1.
   */
  select(labels: ReadonlyMap<number, number>): ShardSource {
    const rows = [...labels].map(([before, label]) => ({
      ...{ label, identity: this.identities[before], photos: this.counts[before] },
      ...{ class: before, folder: "" },
    }));
    // Shards of one folder share their table of labels.
    const tables = new Map<Int32Array, Int32Array>();
    const selected = (table: Int32Array) => {
      const known = tables.get(table) ?? table.map((label) => labels.get(label) ?? -1);
      tables.set(table, known);
      return known;
    };
    const shards = this.shards.map((shard) => ({
      ...shard,
      labels: selected(shard.labels),
      filtered: true,
    }));
    return new ShardSource(rows, shards, this.lists);
  }
}

/** Whether a folder holds shards, and not identities. */
export async function isShardFolder(dir: string): Promise<boolean> {
  const indexed = await access(join(dir, INDEX_FILE)).then(
    () => true,
    () => false,
  );
  return indexed || (await tfrecordFiles(dir).catch(() => [])).length > 0;
}

/**
 * Opens a folder of shards: as `packShards` writes it, or any TFRecord files of `tf.train.Example`s with the keys
 * `image/encoded` and `image/class/label`. The latter have no index, so they are read once from end to end, and
 * 8 bytes a record stay in memory.
 *
 * @throws {ShardError} When index and shards do not match, or a foreign file is damaged.
 * @throws {RangeError} When the index has no identities, or a table for it lacks a column.
 */
export async function shardSource(dir: string, options: ShardSourceOptions = {}): Promise<ShardSource> {
  const indexed = await access(join(dir, INDEX_FILE)).then(
    () => true,
    () => false,
  );
  if (!indexed && options.index === undefined) return await foreignSource(dir, options);
  const rows = identityRows(options.index ?? ((await readShardIndex(dir)) as ColumnTable));
  if (rows.length === 0) {
    throw new RangeError(`Cannot use the index of ${dir}: expected one identity or more, got none`);
  }
  const lists = new ShardLists();
  const shards: Shard[] = [];
  for (const folder of new Set(rows.map((row) => row.folder))) {
    const own = rows.filter((row) => row.folder === folder);
    shards.push(...(await openShards(join(dir, folder), own, lists, options.skipCorrupt ?? false)));
  }
  return new ShardSource(rows, shards, lists);
}

/** The shards of one folder, of which the index uses these identities. */
async function openShards(
  dir: string,
  rows: readonly IdentityRow[],
  lists: ShardLists,
  skipCorrupt: boolean,
): Promise<Shard[]> {
  const files = await readShardRows(dir);
  await Promise.all(files.map((file) => checkShard(dir, file, skipCorrupt)));
  const labels = labelTable(rows);
  const records = files.reduce((sum, file) => sum + file.records, 0);
  const photos = rows.reduce((sum, row) => sum + row.photos, 0);
  if (photos > records) {
    const got = `expected at most the ${records} photos of the shards in ${dir}, got ${photos}; pack again`;
    throw new ShardError(join(dir, INDEX_FILE), "index", undefined, got);
  }
  return files.map((file: ShardRow) => {
    const path = join(dir, file.file);
    const list = () => lists.get(path, file);
    return { path, records: file.records, crc32c: file.crc32c, labels, filtered: photos < records, list };
  });
}

function labelTable(rows: readonly IdentityRow[]): Int32Array {
  const last = rows.reduce((most, row) => Math.max(most, row.class), -1);
  const labels = new Int32Array(last + 1).fill(-1);
  for (const row of rows) labels[row.class] = row.label;
  return labels;
}

async function tfrecordFiles(dir: string): Promise<string[]> {
  const names = (await readdir(dir)).filter(
    (name) => /\.tfrecords?(-|$)/.test(name) && !name.startsWith("."),
  );
  return names.sort((a, b) => (a < b ? -1 : 1));
}

async function foreignSource(dir: string, { skipCorrupt, onSkip }: ShardSourceOptions): Promise<ShardSource> {
  const names = await tfrecordFiles(dir).catch((cause: Error) => {
    throw new ShardError(dir, "missing", undefined, cause.message, { cause });
  });
  if (names.length === 0) {
    throw new ShardError(dir, "missing", undefined, `expected ${INDEX_FILE} or TFRecord files, got neither`);
  }
  const texts = new Map<number, string>();
  const counts = new Map<number, number>();
  const scanned = [];
  for (const name of names) {
    const scan = await scanTfrecords(join(dir, name));
    for (const problem of scan.problems) {
      if (!skipCorrupt) throw problem;
      onSkip?.(problem);
    }
    for (const [label, text] of scan.names) texts.set(label, text);
    for (const label of scan.records.classes) if (label >= 0) counts.set(label, (counts.get(label) ?? 0) + 1);
    scanned.push({ path: join(dir, name), ...scan });
  }
  const rows = [...counts]
    .map(([label, photos]) => ({
      ...{ label, photos, class: label, folder: "" },
      identity: texts.get(label) ?? String(label),
    }))
    .sort((a, b) => a.label - b.label);
  if (rows.length === 0) throw new RangeError(`Cannot use ${dir}: expected records with a label, got none`);
  const labels = labelTable(rows);
  const shards = scanned.map(({ path, records, bytes, problems }) => ({
    ...{ path, records: records.classes.length, crc32c: bytes, labels },
    filtered: problems.length > 0,
    list: async () => records,
  }));
  return new ShardSource(rows, shards);
}
