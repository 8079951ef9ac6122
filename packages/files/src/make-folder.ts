import { access, constants, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { WriteError } from "./write-error.ts";

/**
 * Makes a folder, and those above it, where they are missing.
 *
 * @throws {WriteError} When the place is not writable or holds a file.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    throw new WriteError(path, (await obstacleTo(path)) ?? cause);
  }
}

/** Node reports a missing file where the folder above is read-only; asking that folder tells the reason. */
async function obstacleTo(path: string): Promise<Error | undefined> {
  const above = dirname(path);
  try {
    await access(above, constants.W_OK);
    return undefined;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    return missing && above !== path ? obstacleTo(above) : (error as Error);
  }
}
