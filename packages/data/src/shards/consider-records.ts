import { basename } from "node:path/posix";
import { Kernels } from "../kernels/kernels.ts";
import type { Exclusions } from "../source/exclusions.ts";
import type { RecordPlace } from "../source/photo-columns.ts";
import { RecordReader } from "./read-record.ts";
import { ShardError } from "./shard-error.ts";
import { recordLabel, recordPlaces, type Shard } from "./shard-folder.ts";

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
      const next = recordPlaces(shard, lengths);
      for (let record = 0; record < shard.records; record++) {
        const label = recordLabel(shard, classes, record);
        const found = next();
        if (suspects.has(label)) {
          const filename = readFilename(reader, { path: shard.path, ...found, class: classes[record] });
          const identity = suspects.get(label);
          const inIdentity = identity === undefined ? [] : [`${identity}/${basename(filename)}`];
          exclusions.consider({ shard: place, record, label }, filename, ...inIdentity);
        }
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
