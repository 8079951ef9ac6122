import { readText, writeFileAtomic } from "@amface/files";

/**
 * Reads a list of photos and identities to leave out, one a line, as `PhotoSource.exclude` takes them; empty lines and
 * Windows line ends and a byte order mark are allowed.
 *
 * @throws {Error} When the file cannot be read or a line names no folder.
 */
export async function readExclusions(path: string): Promise<string[]> {
  const text = await readText(path).catch((cause: Error) => {
    throw new Error(`Cannot read the exclusions ${path}: ${cause.message}`, { cause });
  });
  return text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .flatMap((line, i) => {
      if (line === "") return [];
      if (!line.includes("/")) {
        throw new Error(
          `Cannot read the exclusions ${path} line ${i + 1}: expected identity/photo or identity/, got ${line}`,
        );
      }
      return [line];
    });
}

/**
 * Writes such a list, each line once.
 *
 * @throws {WriteError} When the file cannot be written.
 */
export async function writeExclusions(path: string, paths: readonly string[]): Promise<void> {
  await writeFileAtomic(path, [...new Set(paths)].map((line) => `${line}\n`).join(""));
}
