import { randomUUID } from "node:crypto";
import { readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { makeFolder } from "./make-folder.ts";
import { WriteError } from "./write-error.ts";

const TEMPORARY = /^\.(.+)\.[0-9a-f]{8}\.tmp$/s;

/**
 * Writes a whole file: first under a temporary hidden name in the same folder, then renamed, so that
 * `path` never holds half of it. Missing folders are made.
 *
 * @throws {WriteError} When the disk is full or the place is not writable; nothing is left behind.
 */
export async function writeFileAtomic(path: string, data: Uint8Array | string): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomUUID().slice(0, 8)}.tmp`);
  try {
    try {
      await writeFile(temporary, data);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      await makeFolder(folder);
      await writeFile(temporary, data);
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw cause instanceof WriteError ? cause : new WriteError(path, cause);
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
