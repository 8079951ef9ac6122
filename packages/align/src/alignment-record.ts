import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@amface/images";

/** How the crops of a folder were made: crops made in another way do not belong beside them. */
export interface AlignmentRecord {
  /** SHA-256 of the detector's weights. */
  detector: string;
  minSize: number;
  thresholds: readonly [number, number, number];
  scaleFactor: number;
  height: number;
  width: number;
  missing: "skip" | "center";
  colour: "RGB";
  interpolation: "bilinear";
}

export class AlignmentMismatchError extends Error {
  override readonly name = "AlignmentMismatchError";
}

const FILE = "alignment.json";

/**
 * Writes the record into a folder of crops, or checks it against the one that is there.
 *
 * @throws {AlignmentMismatchError} When the folder holds crops that were made differently.
 * @throws {WriteError} When the folder is not writable.
 */
export async function claimFolder(dir: string, record: AlignmentRecord): Promise<void> {
  const path = join(dir, FILE);
  const text = `${JSON.stringify(record, null, 2)}\n`;
  const earlier = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
  if (earlier === undefined) return writeFileAtomic(path, text);
  if (earlier !== text) {
    throw new AlignmentMismatchError(
      `Cannot align into ${dir}: expected crops made with the same settings, got others (${FILE} there says ` +
        `${earlier.replace(/\s+/g, " ").trim()}); choose another folder or delete this one`,
    );
  }
}
