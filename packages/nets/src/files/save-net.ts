import { readFile } from "node:fs/promises";
import { writeFileAtomic } from "@amface/files";
import type { SafetensorsOptions } from "@amface/numpy";
import type { FaceNet } from "../architectures/create-net.ts";
import { decodeNet, encodeNet, type LoadedNet } from "./net-file.ts";

/**
 * Saves a net as one safetensors file, whole or not at all; see `encodeNet`.
 *
 * @param metadata Further entries; `net` and `options` are taken.
 * @param options How the weights are stored; by default in float32.
 * @throws {WriteError} Where the disk is full or the place is not writable; nothing is left behind.
 */
export async function saveNet(
  net: FaceNet,
  path: string,
  metadata: Readonly<Record<string, string>> = {},
  options?: SafetensorsOptions,
): Promise<void> {
  await writeFileAtomic(path, await encodeNet(net, metadata, options));
}

/**
 * Builds the net that a file of `saveNet` names and gives it the file's weights.
 *
 * @throws {SafetensorsError} For a damaged file, {NetFileError} for one that holds something else.
 * @throws {Error} Where there is no such file, or it cannot be read.
 */
export async function loadNet(path: string): Promise<LoadedNet> {
  const bytes = await readFile(path).catch((cause: Error) => {
    throw new Error(`Cannot read ${path}: ${cause.message}`, { cause });
  });
  return decodeNet(bytes, path);
}
