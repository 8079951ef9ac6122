import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** How the crops of a folder were made. A model should see crops that were made like those it learnt from. */
export interface AlignmentRecord {
  /** The detector that comes with amface, or the reference's. */
  readonly detector: "amface" | "mtcnn";
  /** SHA-256 of the detector's weights, hexadecimal. */
  readonly weightsSha256: string;
  /** Side of the smallest face that was looked for, in pixels. */
  readonly minSize: number;
  /** Least scores for P-, R- and O-Net. */
  readonly thresholds: readonly number[];
  /** Ratio of one level of the image pyramid to the one before. */
  readonly scaleFactor: number;
  /** Where the five landmarks come to lie in a crop, `[x, y]` in pixels. */
  readonly template: readonly (readonly [number, number])[];
  /** Size of the crops in pixels. */
  readonly height: number;
  readonly width: number;
  readonly colour: "RGB";
  readonly interpolation: "bilinear";
  /** What lies beyond the photo's edges. */
  readonly border: "black";
  /** What became of photos without a face: none, or their middle was cut out. */
  readonly missing: "skip" | "center";
  /** Which faces of a photo have a crop: the chosen one, or all. */
  readonly faces: "chosen" | "all";
}

/** Crops that were made in another way than is asked for. */
export class AlignmentMismatchError extends Error {
  override readonly name = "AlignmentMismatchError";
}

/** Name of the record's file in a folder of crops, and in the folder of a run that trained on them. */
export const ALIGNMENT_FILE = "alignment.json";

/** These say which crops there are; all else decides the pixels of a crop. */
const SELECTION: readonly string[] = ["missing", "faces"] satisfies (keyof AlignmentRecord)[];

/**
 * Reads the record of a folder of crops.
 *
 * @returns `undefined` where the folder has none.
 * @throws {Error} Where the file is damaged or cannot be read.
 */
export async function readAlignment(dir: string): Promise<AlignmentRecord | undefined> {
  const path = join(dir, ALIGNMENT_FILE);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new Error(`Cannot read the alignment record ${path}: ${message}`, { cause: error });
  }
  return parseAlignment(text, path);
}

/**
 * @param source What the text is from, for the error message.
 * @throws {Error} Where the text is no record.
 */
export function parseAlignment(text: string, source: string): AlignmentRecord {
  try {
    const record: unknown = JSON.parse(text);
    if (typeof record === "object" && record !== null && "weightsSha256" in record) {
      return record as AlignmentRecord;
    }
  } catch {
    // told below
  }
  const start = JSON.stringify(text.slice(0, 40));
  throw new Error(
    `Cannot read the alignment record ${source}: expected JSON as align writes it, got ${start}`,
  );
}

/** The record as the text of its file. */
export function formatAlignment(record: AlignmentRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}

/**
 * Tells in which fields two records differ.
 *
 * @param of Only those that change the pixels of a crop, or also those that say which crops there are.
 * @returns `minSize 40 instead of 20, …`; an empty string where they agree.
 */
export function alignmentDifferences(
  expected: AlignmentRecord,
  got: AlignmentRecord,
  of: "pixels" | "all" = "pixels",
): string {
  const [a, b] = [expected, got] as unknown as Record<string, unknown>[];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((key) => of === "all" || !SELECTION.includes(key))
    .map((key) => [key, JSON.stringify(a[key]), JSON.stringify(b[key])] as const)
    .filter(([, before, now]) => before !== now)
    .map(([key, before, now]) => `${key} ${shortened(now)} instead of ${shortened(before)}`)
    .join(", ");
}

function shortened(json: string | undefined): string {
  if (json === undefined) return "none";
  return json.length > 32 ? `${json.slice(0, 30)}…` : json;
}
