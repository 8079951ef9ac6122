import { randomUUID } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { makeFolder } from "./make-folder.ts";
import { WriteError } from "./write-error.ts";

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
