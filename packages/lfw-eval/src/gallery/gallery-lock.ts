import { basename, dirname } from "node:path";
import { FileLock, LockedError, makeFolder, removeLeftovers } from "@amface/files";
import { GalleryError } from "./gallery-file.ts";

/**
 * Does work while no other process, of this machine or of another one, changes the gallery. A killed one does not keep it
 * locked, and what it left half written is removed. The gallery's folder is made where it is missing.
 *
 * @throws {GalleryError} While another process does.
 * @throws {WriteError} When the folder is not writable.
 */
export async function withGalleryLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  await makeFolder(dirname(path));
  const lock = await FileLock.acquire(`${path}.lock`).catch((cause) => {
    if (!(cause instanceof LockedError)) throw cause;
    const { holder, mend } = cause;
    throw new GalleryError(
      `Cannot change the gallery ${path}: expected no other process at it, got ${holder} which changes it; ${mend}`,
      { cause },
    );
  });
  try {
    await removeLeftovers(dirname(path), (name) => name === basename(path));
    return await work();
  } finally {
    await lock.release();
  }
}
