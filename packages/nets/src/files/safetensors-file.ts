import { readFile } from "node:fs/promises";
import { writeFileAtomic } from "@amface/files";
import {
  decodeSafetensors,
  encodeSafetensors,
  type NamedTensor,
  type Safetensors,
  type SafetensorsOptions,
} from "@amface/numpy";

/**
 * Writes a safetensors file whole or not at all: to a temporary name beside it, flushed to the disk, then
 * renamed.
 *
 * @throws {RangeError} As `encodeSafetensors`.
 * @throws {WriteError} Where the disk is full or the place is not writable; nothing is left behind.
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>> = {},
  options: SafetensorsOptions = {},
): Promise<void> {
  await writeFileAtomic(path, encodeSafetensors(tensors, metadata, options));
}

/**
 * Reads a safetensors file; tensors of other types become float32.
 *
 * @throws {SafetensorsError} Where the file is not one, or damaged.
 * @throws {Error} Where there is no such file, or it cannot be read.
 */
export async function readSafetensors(path: string): Promise<Safetensors> {
  const bytes = await readFile(path).catch((cause: Error) => {
    throw new Error(`Cannot read ${path}: ${cause.message}`, { cause });
  });
  return decodeSafetensors(bytes, path);
}
