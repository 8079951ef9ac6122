import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { ShardRecords } from "./record-list.ts";
import { HEAD_BYTES, labelOf, partBytes, type RecordHead, recordHead } from "./recordio.ts";
import { readIndexLines } from "./recordio-index.ts";
import { ShardError } from "./shard-error.ts";

/** Records whose list is made at once. */
const SEGMENT = 512;

/** A run of records of a `.rec` file. */
export interface Segment {
  /** The first record's place in the file, from 0. */
  readonly first: number;
  readonly records: number;
  /** From where to where they stand. */
  readonly start: number;
  readonly end: number;
  /** Whether some of them are no photo. */
  readonly filtered: boolean;
  /** Lengths with frames, and labels; -1 for what is no photo. */
  list(): ShardRecords;
}

/** What a `.rec` file holds, found without holding a number for every record. */
export interface Segments {
  readonly segments: readonly Segment[];
  /** Photos of each label. */
  readonly counts: ReadonlyMap<number, number>;
  /** What is damaged; what lies behind it is not found. */
  readonly problems: readonly ShardError[];
}

/** A `.rec` file that is open. */
export class RecordFile {
  readonly path: string;
  readonly size: number;
  readonly #file: number;
  readonly #head = Buffer.alloc(HEAD_BYTES);

  constructor(path: string) {
    this.path = path;
    try {
      this.#file = openSync(path, "r");
    } catch (cause) {
      throw new ShardError(path, "missing", undefined, (cause as Error).message, { cause });
    }
    this.size = fstatSync(this.#file).size;
  }

  /** The record that begins at a byte, if one does. */
  headAt(offset: number): RecordHead | undefined {
    return recordHead(this.#view(offset));
  }

  /** Where a record ends that begins at a byte; `undefined` where it is damaged or cut off. */
  endOf(offset: number, head: RecordHead): number | undefined {
    let at = offset + head.bytes;
    for (let more = head.split; more; ) {
      const part = partBytes(this.#view(at));
      if (!part) return undefined;
      at += part.bytes;
      more = !part.last;
    }
    return at <= this.size ? at : undefined;
  }

  close(): void {
    closeSync(this.#file);
  }

  #view(offset: number): DataView {
    const count = readSync(this.#file, this.#head, 0, HEAD_BYTES, offset);
    return new DataView(this.#head.buffer, this.#head.byteOffset, count);
  }
}

/** Goes from record to record, and reads the beginning of each. */
export function walkRecords(path: string): Segments {
  const file = new RecordFile(path);
  const counts = new Map<number, number>();
  const problems: ShardError[] = [];
  const segments: Segment[] = [];
  let [record, at] = [0, 0];
  try {
    while (at < file.size) {
      const [first, start] = [record, at];
      let filtered = false;
      while (at < file.size && record < first + SEGMENT) {
        const head = file.headAt(at);
        const end = head && file.endOf(at, head);
        if (!head || end === undefined) {
          problems.push(damaged(path, record, at, head !== undefined));
          break;
        }
        const label = classOf(head);
        if (label < 0) filtered = true;
        else counts.set(label, (counts.get(label) ?? 0) + 1);
        if (label === NO_LABEL) {
          const got = `expected a whole number from 0 as label, got ${head.labels[0]}`;
          problems.push(new ShardError(path, "format", record, got));
        }
        record++;
        at = end;
      }
      const end = at;
      if (record > first) {
        const list = () => listWalked(path, { start, records: segments[place].records });
        const place = segments.length;
        segments.push({ first, records: record - first, start, end, filtered, list });
      }
      if (record < first + SEGMENT) break;
    }
  } finally {
    file.close();
  }
  return { segments, counts, problems };
}

/** What is no photo, and a photo without a label that can be used. */
const [NO_PHOTO, NO_LABEL] = [-1, -2];

function classOf({ isImage, labels }: RecordHead): number {
  if (!isImage) return NO_PHOTO;
  try {
    return labelOf(labels[0]);
  } catch {
    return NO_LABEL;
  }
}

function damaged(path: string, record: number, at: number, cut: boolean): ShardError {
  const expected = cut
    ? `expected a whole record at byte ${at}, got the end of the file`
    : `expected a record at byte ${at}, got something else`;
  return new ShardError(path, cut ? "truncated" : "format", record, expected);
}

function listWalked(path: string, { start, records }: { start: number; records: number }): ShardRecords {
  const file = new RecordFile(path);
  const list = { classes: new Int32Array(records), lengths: new Uint32Array(records) };
  try {
    let at = start;
    for (let i = 0; i < records; i++) {
      const head = file.headAt(at);
      const end = head && file.endOf(at, head);
      if (!head || end === undefined) throw damaged(path, i, at, head !== undefined);
      list.classes[i] = Math.max(-1, classOf(head));
      list.lengths[i] = end - at;
      at = end;
    }
    return list;
  } finally {
    file.close();
  }
}

/**
 * By the `.idx` file and InsightFace's records of identities: record 0 has two labels, the keys behind the last photo and
 * behind the last identity; an identity's record has the keys of its first photo and behind its last.
 *
 * @returns `undefined` where the files are not such ones, and records must be walked.
 */
export function indexedRecords(path: string, index: string): Segments | undefined {
  const file = new RecordFile(path);
  try {
    const runs = indexRuns(index, file.size);
    const last = runs && file.headAt(runs.last);
    if (!last || file.endOf(runs.last, last) !== file.size) return undefined;
    const keys = photoKeys(file, runs.zero);
    if (!keys) return undefined;
    const people = identityRanges(file, index, keys);
    return people && countPhotos(path, index, runs.runs, people);
  } finally {
    file.close();
  }
}

interface Run extends Omit<Segment, "filtered" | "list"> {
  /** Where its lines begin in the index. */
  readonly at: number;
}

/** Runs of lines, where these are in the order of the records, and where record 0 is. */
function indexRuns(index: string, size: number): { runs: Run[]; zero: number; last: number } | undefined {
  const runs: Run[] = [];
  let [records, zero, last] = [0, -1, -1];
  let [start, at] = [0, 0];
  let ordered = true;
  const finish = (end: number) => {
    const first = runs.length * SEGMENT;
    if (records > first) runs.push({ first, records: records - first, start, end, at });
  };
  readIndexLines(index, (key, offset, line) => {
    ordered = offset > last && offset < size;
    if (!ordered) return false;
    if (records % SEGMENT === 0) {
      finish(offset);
      [start, at] = [offset, line];
    }
    if (key === 0) zero = offset;
    last = offset;
    records++;
  });
  finish(size);
  return ordered && zero >= 0 ? { runs, zero, last } : undefined;
}

/** The keys behind the last photo and behind the last identity. */
function photoKeys(file: RecordFile, zero: number): readonly [number, number] | undefined {
  const head = file.headAt(zero);
  const [photos, end] = head?.labels ?? [];
  return head && !head.isImage && end > photos ? [photos, end] : undefined;
}

interface People {
  /** Sorted: the keys of each one's first photo and behind the last. */
  readonly firsts: Int32Array;
  readonly ends: Int32Array;
  readonly labels: Int32Array;
}

/** The label of each identity is that of its first photo. */
function identityRanges(
  file: RecordFile,
  index: string,
  [photos, end]: readonly [number, number],
): People | undefined {
  const ranges: [number, number][] = [];
  let whole = true;
  readIndexLines(index, (key, offset) => {
    if (key < photos || key >= end) return;
    const [from, to] = file.headAt(offset)?.labels ?? [];
    whole = from >= 1 && to <= photos;
    if (to > from) ranges.push([from, to]);
    return whole;
  });
  ranges.sort((a, b) => a[0] - b[0]);
  const overlap = ranges.some(([from], i) => i > 0 && from < ranges[i - 1][1]);
  if (!whole || overlap || ranges.length === 0) return undefined;
  const places = new Map(ranges.map(([from], i) => [from, i]));
  const labels = new Int32Array(ranges.length).fill(-1);
  readIndexLines(index, (key, offset) => {
    const place = places.get(key);
    if (place === undefined) return;
    const head = file.headAt(offset);
    labels[place] = head ? classOf(head) : -1;
  });
  if (labels.some((label) => label < 0)) return undefined;
  return {
    firsts: Int32Array.from(ranges, ([from]) => from),
    ends: Int32Array.from(ranges, ([, to]) => to),
    labels,
  };
}

/** The label of a photo by its key; -1 where it is nobody's. */
function labelOfKey({ firsts, ends, labels }: People, key: number): number {
  let [low, high] = [0, firsts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (firsts[middle] <= key) low = middle + 1;
    else high = middle;
  }
  return low > 0 && key < ends[low - 1] ? labels[low - 1] : -1;
}

function countPhotos(path: string, index: string, runs: readonly Run[], people: People): Segments {
  const counts = new Map<number, number>();
  const filtered = new Uint8Array(runs.length);
  let record = 0;
  readIndexLines(index, (key) => {
    const label = labelOfKey(people, key);
    if (label < 0) filtered[Math.floor(record / SEGMENT)] = 1;
    else counts.set(label, (counts.get(label) ?? 0) + 1);
    record++;
  });
  const segments = runs.map((run, i) => ({
    ...run,
    filtered: filtered[i] === 1,
    list: () => listIndexed(path, index, run, people),
  }));
  return { segments, counts, problems: [] };
}

function listIndexed(
  path: string,
  index: string,
  { at, records, start, end, first }: Run,
  people: People,
): ShardRecords {
  const list = { classes: new Int32Array(records), lengths: new Uint32Array(records) };
  let [record, last] = [0, start];
  const line = (key: number, offset: number) => {
    if (record > 0) list.lengths[record - 1] = offset - last;
    if (record === records) return false;
    list.classes[record++] = labelOfKey(people, key);
    last = offset;
  };
  readIndexLines(index, line, at);
  if (record !== records)
    throw new ShardError(
      index,
      "index",
      undefined,
      `expected ${first + records} lines or more, got ${first + record}; ${path} has another index now`,
    );
  list.lengths[records - 1] = end - last;
  return list;
}
