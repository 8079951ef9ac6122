import { readFile, rm, writeFile } from "node:fs/promises";
import { GalleryError } from "./gallery-file.ts";

/**
 * Does work while no other process of this machine changes the gallery. A killed one does not keep it locked.
 *
 * @throws {GalleryError} While another process does.
 */
export async function withGalleryLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`;
  if (!(await take(lock))) {
    const holder = Number(await readFile(lock, "utf8").catch(() => ""));
    if (holder > 0 && isAlive(holder))
      throw new GalleryError(
        `Cannot change the gallery ${path}: expected no other process at it, got ${holder}`,
      );
    await rm(lock, { force: true });
    if (!(await take(lock)))
      throw new GalleryError(`Cannot change the gallery ${path}: expected no other process at it, got one`);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function take(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // another user's
  }
}
