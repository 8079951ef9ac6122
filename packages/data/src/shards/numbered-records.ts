import { type FaceRecordPlace, recordColumns } from "../source/photo-columns.ts";
import type { NumberedPhotos } from "../source/photo-source.ts";
import { recordLabel, recordPlaces, type Shard } from "./shard-folder.ts";

/**
 * The records of shards, numbered through. Their lists must be ones that are kept: 8 bytes a record, and 4 for its label.
 *
 * @throws {ShardError} When a list is missing or damaged.
 */
export async function numberedRecords(shards: readonly Shard[]): Promise<NumberedPhotos> {
  const firsts: number[] = [];
  const labels = new Int32Array(shards.reduce((sum, { records }) => sum + records, 0));
  let number = 0;
  for (const shard of shards) {
    firsts.push(number);
    const { classes } = await shard.list();
    for (let record = 0; record < shard.records; record++)
      labels[number++] = recordLabel(shard, classes, record);
  }
  return { labels, columns: columnsOf(shards, firsts) };
}

/** A function of its own, which does not hold the labels. */
function columnsOf(shards: readonly Shard[], firsts: readonly number[]): NumberedPhotos["columns"] {
  const at = async (number: number): Promise<FaceRecordPlace> => {
    const i = firsts.findLastIndex((first) => first <= number);
    const { path, labels, list } = shards[i];
    const { classes, lengths } = await list();
    const record = number - firsts[i];
    const place = recordPlaces(shards[i], lengths, record)();
    return { path, ...place, class: classes[record], label: labels.of(classes[record]) };
  };
  return async (numbers) => recordColumns(await Promise.all(numbers.map(at)));
}
