import { RecordFile } from "./record-file.ts";
import type { ShardRecords } from "./record-list.ts";
import { readIndexLines } from "./recordio-index.ts";
import { classOf, SEGMENT, type Segment, type Segments } from "./recordio-segments.ts";
import { ShardError } from "./shard-error.ts";

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
