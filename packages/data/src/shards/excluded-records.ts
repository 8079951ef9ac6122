import { basename } from "node:path/posix";
import { Kernels } from "../kernels/kernels.ts";
import type { Exclusions } from "../source/exclusions.ts";
import type { RecordPlace } from "../source/photo-columns.ts";
import { RecordReader } from "./read-record.ts";
import { ShardError } from "./shard-error.ts";
import { recordLabel, type Shard } from "./shard-folder.ts";
import { FOOTER, HEADER } from "./tfrecord.ts";

/** A shard's records that are left out, by the labels that they had. */
export interface ExcludedRecords {
  readonly records: ReadonlySet<number>;
  readonly labels: readonly number[];
}

/**
 * Which records are to be left out. A record is called by its `image/filename`, and by that in the folder of its
 * identity, which an edited index may name anew. Only records of some identities are read. Of a damaged one the name
 * cannot be known: it stays.
 *
 * @param suspects Labels of which some records may be left out, and what the identity is called, where that is one name.
 * @returns For each shard its records.
 */
export async function excludedRecords(
  shards: readonly Shard[],
  suspects: ReadonlyMap<number, string | undefined>,
  exclusions: Exclusions,
): Promise<ExcludedRecords[]> {
  const reader = new RecordReader(new Kernels());
  const found: ExcludedRecords[] = [];
  try {
    for (const shard of shards) {
      const records = new Set<number>();
      const labels: number[] = [];
      const { classes, lengths } = await shard.list();
      for (let record = 0, offset = 0; record < shard.records; record++) {
        const [label, length] = [recordLabel(shard, classes, record), lengths[record]];
        if (suspects.has(label)) {
          const place = { path: shard.path, record, offset, length, class: classes[record] };
          const filename = readFilename(reader, place);
          const identity = suspects.get(label);
          const inIdentity = identity !== undefined && exclusions.has(`${identity}/${basename(filename)}`);
          if (inIdentity || exclusions.has(filename)) {
            records.add(record);
            labels.push(label);
          }
        }
        offset += HEADER + length + FOOTER;
      }
      found.push({ records, labels });
    }
  } finally {
    reader.close();
  }
  return found;
}

/** The record's `image/filename`; empty where it has none or is damaged. */
function readFilename(reader: RecordReader, place: RecordPlace): string {
  try {
    return reader.read(place).filename ?? "";
  } catch (error) {
    if (error instanceof ShardError) return "";
    throw error;
  }
}
