import { nameKey, readText } from "@amface/files";

/** Photos and pairs that are known to be labelled wrong. */
export interface LabelErrors {
  readonly size: number;
  /** Whether one of the photos, or the two together, is listed. */
  has(photoA: string, photoB: string): boolean;
}

/**
 * Reads a list of known label errors, one a line: a photo (`Ann/Ann_0001` or `Ann_0001`) or two photos of a pair,
 * separated by a comma, a tab or spaces, with any extension or none. What follows `#` is a comment.
 *
 * @throws {Error} When there is no such file or it lists nothing.
 */
export async function readLabelErrors(path: string): Promise<LabelErrors> {
  const listed = new Set(
    (await readText(path))
      .split(/\r?\n/)
      .map((line) => line.replace(/#.*/, "").trim())
      .filter((line) => line !== "")
      .map((line) => key(line.split(/[,\t]|\s+/).filter((part) => part !== ""))),
  );
  if (listed.size === 0) throw new Error(`Cannot read ${path}: expected photos or pairs of photos, got none`);
  return {
    size: listed.size,
    has: (a, b) => listed.has(key([a])) || listed.has(key([b])) || listed.has(key([a, b])),
  };
}

/** File names without folder and extension, in order. */
function key(photos: readonly string[]): string {
  return photos
    .map((photo) =>
      nameKey(photo)
        .replace(/^.*\//, "")
        .replace(/\.[^.]+$/, ""),
    )
    .sort()
    .join("\n");
}
