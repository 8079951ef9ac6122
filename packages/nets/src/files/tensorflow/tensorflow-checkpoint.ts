import { open, readFile, stat } from "node:fs/promises";
import type { NamedTensor } from "@amface/numpy";
import { endsAsTable } from "./leveldb-table.ts";
import { CheckpointFormatError, readBundleIndex, readBundleTensors } from "./tensorflow-bundle.ts";
import { readSlicedTensors } from "./tensorflow-slices.ts";

const SUFFIX = /\.(index|meta|data-\d{5}-of-\d{5})$/;

/**
 * Whether a path, as {@link readTensorFlowCheckpoint} takes it, is that of a TensorFlow checkpoint: by the files there are,
 * and by the last bytes of a single one.
 */
export async function isTensorFlowCheckpoint(path: string): Promise<boolean> {
  const prefix = path.replace(SUFFIX, "");
  if (await isFile(`${prefix}.index`)) return true;
  if (!(await isFile(prefix))) return false;
  const file = await open(prefix);
  try {
    const { size } = await file.stat();
    const { buffer } = await file.read(Buffer.alloc(8), 0, 8, Math.max(0, size - 8));
    return endsAsTable(buffer);
  } finally {
    await file.close();
  }
}

/**
 * Reads the float32 variables of a TensorFlow 1 checkpoint: in the bundle format, `PREFIX.index` and
 * `PREFIX.data-00000-of-00001` (or more of them), or where there is no index, the single file `PREFIX` of TensorFlow
 * before 0.12.
 *
 * @param path The prefix, or the path of one of the files.
 * @throws {CheckpointFormatError} Where a file is damaged or of another kind.
 * @throws {Error} Where a file is missing or cannot be read.
 */
export async function readTensorFlowCheckpoint(path: string): Promise<Map<string, NamedTensor>> {
  const prefix = path.replace(SUFFIX, "");
  if (!(await isFile(`${prefix}.index`)) && (await isFile(prefix))) {
    return readSlicedTensors(await read(prefix), prefix);
  }
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

const isFile = (path: string) =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

const read = (file: string): Promise<Uint8Array> =>
  readFile(file).catch((cause: Error) => {
    throw new Error(`Cannot read ${file}: ${cause.message}`, { cause });
  });
