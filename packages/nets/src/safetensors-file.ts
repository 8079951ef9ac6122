import { open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { decodeSafetensors, encodeSafetensors, type NamedTensor, type Safetensors } from "./safetensors.ts";

/**
 * Writes a safetensors file whole or not at all: to a temporary name beside it, flushed to the disk, then
 * renamed.
 *
 * @throws {Error} Where the disk is full or the place is not writable; nothing is left behind.
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const pieces = encodeSafetensors(tensors, metadata);
  const temporary = `${path}.tmp`;
  try {
    const file = await open(temporary, "w");
    try {
      for (const piece of pieces) await file.writeFile(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw new Error(`Cannot write ${path}: ${(error as Error).message}`, { cause: error });
  }
  await syncFolder(dirname(path));
}

/**
 * Reads a safetensors file of float32 tensors.
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

/** Makes the rename itself last; Windows cannot open a folder, and does not need it. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
