import { randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** A file that cannot be written: full disk, missing rights, a file where a folder is needed. */
export class WriteError extends Error {
  override readonly name = "WriteError";
  readonly path: string;

  constructor(path: string, cause: unknown) {
    super(`Cannot write ${path}: ${(cause as Error).message}`, { cause });
    this.path = path;
  }
}

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
      await mkdir(folder, { recursive: true });
      await writeFile(temporary, data);
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw new WriteError(path, cause);
  }
}
