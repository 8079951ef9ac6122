import { readFile } from "node:fs/promises";
import { relative, sep } from "node:path";
import { writeFileAtomic } from "@amface/files";
import { type FaceSource, selectIdentities } from "../face-source.ts";
import { identityOf } from "./embedding-table.ts";

/**
 * Reads a list of photos and identities to leave out, one a line, as `excludePhotos` takes them; empty lines and
 * Windows line ends are allowed.
 *
 * @throws {Error} When the file cannot be read or a line names no folder.
 */
export async function readExclusions(path: string): Promise<string[]> {
  const text = await readFile(path, "utf8").catch((cause: Error) => {
    throw new Error(`Cannot read the exclusions ${path}: ${cause.message}`, { cause });
  });
  return text.split(/\r?\n/).flatMap((line, i) => {
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

/**
 * A source without some photos; identities that nothing is left of go too, and labels are counted anew.
 *
 * @param dir The folder to which the paths are relative.
 * @param paths `identity/photo.jpg` is a photo, whatever its extension (a crop carries the name of its photo),
 *   `identity/` everything of an identity. What the source does not have is passed over.
 * @throws {RangeError} When nothing is left.
 */
export function excludePhotos(source: FaceSource, dir: string, paths: readonly string[]): FaceSource {
  const exclusions = new Set(paths.map(stem));
  const files = source.files.filter(({ path }) => {
    const name = relative(dir, path).split(sep).join("/");
    return !exclusions.has(stem(name)) && !exclusions.has(`${identityOf(name)}/`);
  });
  if (files.length === 0) {
    throw new RangeError(
      `Cannot leave out photos of ${dir}: expected some to be left, got ${paths.length} exclusions that take all`,
    );
  }
  const labels = [...new Set(files.map(({ label }) => label))].sort((a, b) => a - b);
  return selectIdentities({ identities: source.identities, files }, labels);
}

/** A path without its extension; `identity/` stays as it is. */
function stem(path: string): string {
  const dot = path.lastIndexOf(".");
  return dot > path.lastIndexOf("/") ? path.slice(0, dot) : path;
}
