import { createHash } from "node:crypto";
import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import { inLanes } from "../concurrency/in-lanes.ts";
import type { ColumnTable } from "../source/column-table.ts";
import { type ExcludeOptions, Exclusions } from "../source/exclusions.ts";
import { type PhotoRef, photoRefs } from "../source/photo-columns.ts";
import type { NumberedPhotos, OrderOptions, PhotoOrder, PhotoSource } from "../source/photo-source.ts";
import type { ClassLabels } from "./class-labels.ts";
import { considerRecords, type ExcludedRecord } from "./consider-records.ts";
import { HashedLines } from "./hashed-lines.ts";
import { classLabels, type IdentityColumns, identityColumns, rowsByFolder } from "./identity-columns.ts";
import { numberedRecords } from "./numbered-records.ts";
import { isRecordIo } from "./recordio.ts";
import { scanTfrecords } from "./scan-tfrecords.ts";
import { ShardError } from "./shard-error.ts";
import { checkShard, type Shard, ShardLists } from "./shard-folder.ts";
import { INDEX_FILE, readShardIndex, readShardRows, type ShardRow } from "./shard-index.ts";
import { windowOrder } from "./window-order.ts";

/** Files that are looked at together. */
const STATS = 16;

/** Labels that tables are made for: several times the identities of the largest set of faces. */
const MOST_LABELS = 2 ** 24;

export interface ShardSourceOptions {
  /** Identities to use in place of those of `index.arrow`: its table with rows dropped, added or renumbered. */
  readonly index?: ColumnTable;
  /** Opens shards whose end is missing, and passes over records of foreign files that have no label. */
  readonly skipCorrupt?: boolean;
  /** Called for every record of a foreign file that was passed over. */
  readonly onSkip?: (problem: ShardError) => void;
}

/** Lists of records, of which a few are kept at hand. */
export interface KeptLists {
  /** From now on forgets nothing: for reading in an order that jumps. */
  keepAll(): void;
}

/**
 * Photos in shards: TFRecord files, or parts of a file of MXNet's records. Held in memory are the identities' numbers, the bytes of their names and a line for each
 * shard; lists of records are read when their turn comes.
 */
export class ShardSource implements PhotoSource {
  readonly counts: Uint32Array;
  readonly photos: number;
  /** Of the identities and of the shards' checksums. */
  readonly fingerprint: string;
  readonly shards: readonly Shard[];
  readonly #lists: KeptLists;
  readonly #rows: Pick<IdentityColumns, "label" | "nameOf">;
  /** The row of each label that names it; -1 for labels that the index left out. */
  readonly #rowOf: Int32Array;
  #identities: readonly string[] | undefined;

  constructor(rows: IdentityColumns, shards: readonly Shard[], lists: KeptLists = new ShardLists()) {
    const { label, photos, nameOf } = rows;
    const last = label.reduce((most, value) => Math.max(most, value), -1);
    if (last >= MOST_LABELS) {
      const name = nameOf(label.indexOf(last));
      const expected = `labels below ${MOST_LABELS}, got ${last} of ${name}`;
      throw new RangeError(`Cannot use the index: expected ${expected}; renumber its labels from 0`);
    }
    this.#rows = { label, nameOf };
    this.#rowOf = new Int32Array(last + 1).fill(-1);
    this.counts = new Uint32Array(last + 1);
    for (let row = 0; row < label.length; row++) {
      this.#rowOf[label[row]] = row;
      this.counts[label[row]] += photos[row];
    }
    this.photos = this.counts.reduce((sum, count) => sum + count, 0);
    this.shards = shards;
    this.#lists = lists;
    this.fingerprint = fingerprint(rows, shards);
  }

  /**
   * Names by label, made when first asked for: of 100,000 identities they take some 8 MiB. Labels that the index left
   * out have an empty one: nobody's label moves when others go.
   */
  get identities(): readonly string[] {
    this.#identities ??= Array.from(this.#rowOf, (row) => (row < 0 ? "" : this.#rows.nameOf(row)));
    return this.#identities;
  }

  async order(options: OrderOptions): Promise<PhotoOrder> {
    return await windowOrder(this, options);
  }

  /** Reads the lists of all records, and keeps them: 12 bytes a record in all. */
  async numbered(): Promise<NumberedPhotos> {
    this.#lists.keepAll();
    return await numberedRecords(this.shards);
  }

  async list(): Promise<readonly PhotoRef[]> {
    const order = await this.order({ seed: 0, epoch: 0, shuffle: false, windowRecords: 8192 });
    return photoRefs(await order.slice(0, order.length));
  }

  select(labels: Iterable<number>): ShardSource {
    return this.#part(Int32Array.from(labels), this.counts, this.shards);
  }

  /** Reads the records of the identities that the paths name, for their names; see `PhotoSource.exclude`. */
  async exclude(paths: readonly string[], options?: ExcludeOptions): Promise<ShardSource> {
    const exclusions = new Exclusions<ExcludedRecord>(paths);
    const { label, nameOf } = this.#rows;
    const rowsOf = new Uint32Array(this.counts.length);
    for (const value of label) rowsOf[value]++;
    // A person of several rows has several names, and none for all of the records.
    const suspects = new Map<number, string | undefined>();
    label.forEach((value, row) => {
      if (exclusions.touches(nameOf(row))) suspects.set(value, rowsOf[value] === 1 ? nameOf(row) : undefined);
    });
    if (suspects.size > 0) await considerRecords(this.shards, suspects, exclusions);
    const counts = this.counts.slice();
    const found = this.shards.map(({ excluded }) => new Set(excluded));
    for (const { shard, record, label } of exclusions.excluded(options)) {
      found[shard].add(record);
      counts[label]--;
    }
    const shards = this.shards.map((shard, i) =>
      found[i].size > 0 ? { ...shard, excluded: found[i] } : shard,
    );
    return this.#part(exclusions.remaining(counts), counts, shards);
  }

  /** A source of some of the labels, which have so many photos in these shards. */
  #part(chosen: Int32Array, counts: Uint32Array, shards: readonly Shard[]): ShardSource {
    const fresh = new Int32Array(counts.length).fill(-1);
    chosen.forEach((label, now) => {
      fresh[label] = now;
    });
    const rows: IdentityColumns = {
      label: chosen.map((_, now) => now),
      photos: chosen.map((label) => counts[label]),
      class: chosen,
      nameOf: namesAt(
        chosen.map((label) => this.#rowOf[label]),
        this.#rows.nameOf,
      ),
      folderOf: () => "",
    };
    // Shards of one folder share their table of labels.
    const tables = new Map<ClassLabels, ClassLabels>();
    const selected = (table: ClassLabels) => {
      const known = tables.get(table) ?? table.relabelled(fresh);
      tables.set(table, known);
      return known;
    };
    const parts = shards.map((shard) => ({ ...shard, labels: selected(shard.labels), filtered: true }));
    return new ShardSource(rows, parts, this.#lists);
  }
}

/** A hash of the identities, the shards' checksums and the records that are left out. */
function fingerprint(
  { label, photos, class: classes, nameOf }: IdentityColumns,
  shards: readonly Shard[],
): string {
  const hash = createHash("sha256");
  const lines = new HashedLines(hash);
  for (let row = 0; row < label.length; row++) {
    lines.number(label[row]);
    lines.text(nameOf(row));
    lines.number(photos[row]);
    lines.number(classes[row], "\n");
  }
  lines.flush();
  for (const { records, crc32c, excluded } of shards) {
    hash.update(`${records} ${crc32c}\n`);
    if (excluded) hash.update(`without ${[...excluded].join(" ")}\n`);
  }
  return hash.digest("hex").slice(0, 16);
}

/** Names of the identities in these rows; empty where there is none. A function of its own holds nothing else. */
function namesAt(rows: Int32Array, nameOf: (row: number) => string): (i: number) => string {
  return (i) => (rows[i] < 0 ? "" : nameOf(rows[i]));
}

/** Whether a folder holds shards, and not identities. */
export async function isShardFolder(dir: string): Promise<boolean> {
  const indexed = await access(join(dir, INDEX_FILE)).then(
    () => true,
    () => false,
  );
  return indexed || (await readdir(dir).catch(() => [])).some(isShard);
}

/**
 * Opens a folder of shards: as `packShards` writes it, or any TFRecord files of `tf.train.Example`s with the keys
 * `image/encoded` and `image/class/label`. The latter have no index, so they are read once from end to end, and
 * 8 bytes a record stay in memory; their labels may have gaps and begin anywhere: identities are numbered in the order
 * of these labels, and called by them where records have no `image/class/text`.
 *
 * @throws {ShardError} When index and shards do not match, or a foreign file is damaged.
 * @throws {RangeError} When the index has no identities, a table for it lacks a column, or one of its labels is 2²⁴ or
 *   more: there are tables as long as the largest.
 */
export async function shardSource(dir: string, options: ShardSourceOptions = {}): Promise<ShardSource> {
  const indexed = await access(join(dir, INDEX_FILE)).then(
    () => true,
    () => false,
  );
  if (!indexed && options.index === undefined) return await foreignSource(dir, options);
  const identities = identityColumns(options.index ?? ((await readShardIndex(dir)) as ColumnTable));
  if (identities.label.length === 0) {
    throw new RangeError(`Cannot use the index of ${dir}: expected one identity or more, got none`);
  }
  const lists = new ShardLists();
  const shards: Shard[] = [];
  for (const [folder, rows] of rowsByFolder(identities)) {
    const photos = rows.reduce((sum, row) => sum + identities.photos[row], 0);
    const used = { photos, labels: classLabels(identities, rows) };
    shards.push(...(await openShards(join(dir, folder), used, lists, options.skipCorrupt ?? false)));
  }
  return new ShardSource(identities, shards, lists);
}

/** The shards of one folder, of which the index uses so many photos, by these labels. */
async function openShards(
  dir: string,
  { photos, labels }: { readonly photos: number; readonly labels: ClassLabels },
  lists: ShardLists,
  skipCorrupt: boolean,
): Promise<Shard[]> {
  const files = await readShardRows(dir);
  await inLanes(files.length, STATS, (i) => checkShard(dir, files[i], skipCorrupt));
  const records = files.reduce((sum, file) => sum + file.records, 0);
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

const isShard = (name: string) => /\.(tfrecords?(-|\.gz$|$)|rec$)/.test(name) && !name.startsWith(".");

async function tfrecordFiles(dir: string): Promise<string[]> {
  const names = (await readdir(dir)).filter((name) => isShard(name) && !isRecordIo(name));
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
  if (counts.size === 0) throw new RangeError(`Cannot use ${dir}: expected records with a label, got none`);
  const identities = countedIdentities(counts, (value) => texts.get(value));
  const labels = classLabels(identities, identities.label);
  const shards = scanned.map(({ path, records, bytes, problems }) => ({
    ...{ path, records: records.classes.length, crc32c: bytes, labels },
    filtered: problems.length > 0,
    list: async () => records,
  }));
  return new ShardSource(identities, shards);
}

/** Identities in the order of their labels in the records, called by these where there is no name. */
export function countedIdentities(
  counts: ReadonlyMap<number, number>,
  nameOf: (value: number) => string | undefined = () => undefined,
): IdentityColumns {
  const classes = Int32Array.from(counts.keys()).sort();
  return {
    label: Int32Array.from(classes.keys()),
    photos: classes.map((value) => counts.get(value)!),
    class: classes,
    nameOf: (row) => nameOf(classes[row]) ?? String(classes[row]),
    folderOf: () => "",
  };
}
