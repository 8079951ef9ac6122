import { randomUUID } from "node:crypto";
import { open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { makeFolder } from "./make-folder.ts";
import { WriteError } from "./write-error.ts";

const TEMPORARY = /^\.(.+)\.[0-9a-f]{8}\.tmp$/s;

export interface WriteOptions {
  /**
   * Waits until file and name have reached the disk, so that a power cut cannot lose them; default true. Without it
   * a killed process still leaves no half file, and thousands of small files are written in a fraction of the time.
   */
  readonly sync?: boolean;
}

/**
 * Writes a whole file: first under a temporary hidden name in the same folder, then renamed, so that
 * `path` never holds half of it. Missing folders are made.
 *
 * @param data Text, bytes, or bytes in pieces, one after the other.
 * @throws {WriteError} When the disk is full or the place is not writable; nothing is left behind.
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array | readonly Uint8Array[],
  { sync = true }: WriteOptions = {},
): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomUUID().slice(0, 8)}.tmp`);
  const pieces = typeof data === "string" || data instanceof Uint8Array ? [data] : data;
  try {
    try {
      await writePieces(temporary, pieces, sync);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      await makeFolder(folder);
      await writePieces(temporary, pieces, sync);
    }
    await rename(temporary, path);
    if (sync) await syncFolder(folder);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw cause instanceof WriteError ? cause : new WriteError(path, cause);
  }
}

async function writePieces(
  path: string,
  pieces: readonly (string | Uint8Array)[],
  sync: boolean,
): Promise<void> {
  const file = await open(path, "w");
  try {
    for (const piece of pieces) await file.writeFile(piece);
    if (sync) await file.sync();
  } finally {
    await file.close();
  }
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

/**
 * Removes from a folder what `writeFileAtomic` left there when its process was killed.
 *
 * @param isOurs Tells by its name whether a file is one that only the caller writes: of other files somebody
 *   else may be writing a temporary one just now.
 */
export async function removeLeftovers(folder: string, isOurs: (name: string) => boolean): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  });
  for (const name of names) {
    const written = TEMPORARY.exec(name)?.[1];
    if (written !== undefined && isOurs(written)) await rm(join(folder, name), { force: true });
  }
}
