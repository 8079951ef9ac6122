import { RecordFile } from "./record-file.ts";
import type { ShardRecords } from "./record-list.ts";
import { classOf, NO_LABEL, SEGMENT, type Segment, type Segments } from "./recordio-segments.ts";
import { ShardError } from "./shard-error.ts";

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
