import { basename } from "node:path/posix";
import { Kernels } from "../kernels/kernels.ts";
import type { Exclusions } from "../source/exclusions.ts";
import type { RecordPlace } from "../source/photo-columns.ts";
import { RecordReader } from "./read-record.ts";
import { ShardError } from "./shard-error.ts";
import { recordLabel, type Shard } from "./shard-folder.ts";
import { FOOTER, HEADER } from "./tfrecord.ts";

/** A record that may be left out. */
export interface ExcludedRecord {
  /** The place of its shard among the source's, and its own in the shard. */
  readonly shard: number;
  readonly record: number;
  readonly label: number;
}

/**
 * Shows records to the exclusions. A record is called by its `image/filename`, and by that in the folder of its
 * identity, which an edited index may name anew. Only records of some identities are read. Of a damaged one the name
 * cannot be known: it stays.
 *
 * @param suspects Labels of which some records may be left out, and what the identity is called, where that is one name.
 */
export async function considerRecords(
  shards: readonly Shard[],
  suspects: ReadonlyMap<number, string | undefined>,
  exclusions: Exclusions<ExcludedRecord>,
): Promise<void> {
  const reader = new RecordReader(new Kernels());
  try {
    for (const [place, shard] of shards.entries()) {
      const { classes, lengths } = await shard.list();
      for (let record = 0, offset = 0; record < shard.records; record++) {
        const [label, length] = [recordLabel(shard, classes, record), lengths[record]];
        if (suspects.has(label)) {
          const at = { path: shard.path, record, offset, length, class: classes[record] };
          const filename = readFilename(reader, at);
          const identity = suspects.get(label);
          const inIdentity = identity === undefined ? [] : [`${identity}/${basename(filename)}`];
          exclusions.consider({ shard: place, record, label }, filename, ...inIdentity);
        }
        offset += HEADER + length + FOOTER;
      }
    }
  } finally {
    reader.close();
  }
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
