import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { joinPacked, type PackSummary, requireEmpty } from "./join-packed.ts";
import { type PackOptions, packPart } from "./pack-part.ts";

/**
 * Packs a folder of aligned crops, `inputDir/identity/photo.jpg`, or of MXNet's records of them, into TFRecord shards of `tf.train.Example`,
 * with an index of identities (`index.arrow`), of shards (`shards.arrow`) and of each shard's records. Photos are
 * packed in a random order, so that any run of records is a sample of all identities; labels are the places of the
 * identities in plain order of their names. The same photos and seed give the same bytes. The record of how the
 * crops were aligned, where there is one, comes along.
 *
 * Everything is written beside `outputDir` under a hidden name and moved there at the end: whatever happens
 * before, `outputDir` stays as it was, and nothing else is left behind.
 *
 * @param outputDir A folder that is empty or not there yet.
 * @throws {RangeError} When an option is out of range, or crops differ in size.
 * @throws {ImageError} When a photo cannot be read and `skipCorrupt` is not set; {ShardError} for one in a record.
 * @throws {WriteError} When the disk is full or `outputDir` not writable.
 */
export async function packShards(
  inputDir: string,
  outputDir: string,
  options: PackOptions = {},
): Promise<PackSummary> {
  const target = resolve(outputDir);
  await requireEmpty(target);
  const temporary = join(dirname(target), `.packing-${randomUUID().slice(0, 8)}`);
  try {
    const part = await packPart(inputDir, join(temporary, "0"), { index: 0, count: 1 }, options);
    return await joinPacked(inputDir, target, temporary, [part], options);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
