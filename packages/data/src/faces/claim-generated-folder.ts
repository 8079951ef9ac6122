import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder, WriteError, writeFileAtomic } from "@amface/files";

/** Says what generated pictures in its folder are of. */
export const GENERATOR_FILE = "generator.json";

/**
 * Makes `dir`, or checks that it holds pictures of the same generator and settings, as its `generator.json` tells.
 *
 * @param settings One line of JSON with all that decides what the pictures are.
 * @throws {Error} When it holds anything else.
 * @throws {WriteError} When it cannot be made or written to.
 */
export async function claimGeneratedFolder(
  dir: string,
  settings: string,
  what: "faces" | "crops" = "faces",
): Promise<void> {
  const path = join(dir, GENERATOR_FILE);
  const found = await readFile(path, "utf8").catch(() => undefined);
  if (found === settings) return;
  if (found !== undefined) {
    throw new Error(
      `Cannot generate ${what} in ${dir}: expected an empty folder or ${what} of ${settings.trim()}, ` +
        `got ${found.trim()}; choose another folder`,
    );
  }
  if ((await openFolder(dir)).length > 0) {
    throw new Error(`Cannot generate ${what} in ${dir}: expected an empty folder, got one with files in it`);
  }
  await writeFileAtomic(path, settings);
}

/**
 * Makes a folder where there is none, and lists it.
 *
 * @throws {WriteError} When it cannot be made or is a file.
 */
export async function openFolder(path: string): Promise<string[]> {
  await makeFolder(path);
  try {
    return await readdir(path);
  } catch (cause) {
    throw new WriteError(path, cause);
  }
}
