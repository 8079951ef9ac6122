import { readFile } from "node:fs/promises";
import type { NamedTensor } from "@amface/numpy";
import { CheckpointFormatError, readBundleIndex, readBundleTensors } from "./tensorflow-bundle.ts";

/**
 * Reads the float32 variables of a TensorFlow 1 checkpoint in the bundle format, `PREFIX.index` and
 * `PREFIX.data-00000-of-00001` (or more of them).
 *
 * @param path The prefix, or the path of the index.
 * @throws {CheckpointFormatError} Where a file is damaged or of another kind.
 * @throws {Error} Where a file is missing or cannot be read.
 */
export async function readTensorFlowCheckpoint(path: string): Promise<Map<string, NamedTensor>> {
  const prefix = path.replace(/\.index$/, "");
  const read = (file: string) =>
    readFile(file).catch((cause: Error) => {
      throw new Error(`Cannot read ${file}: ${cause.message}`, { cause });
    });
  const { shards, entries } = readBundleIndex(await read(`${prefix}.index`), `${prefix}.index`);
  if (!(shards > 0 && shards < 100_000)) {
    throw new CheckpointFormatError(`Cannot read ${prefix}: expected one data file or more, got ${shards}`);
  }
  const five = (value: number) => String(value).padStart(5, "0");
  const data: Uint8Array[] = [];
  for (let shard = 0; shard < shards; shard++)
    data.push(await read(`${prefix}.data-${five(shard)}-of-${five(shards)}`));
  return readBundleTensors(entries, data, prefix);
}
