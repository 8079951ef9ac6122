import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { jsonShape, parseJson } from "@amface/files";

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
  /** How the main face was chosen; absent in old records, whose crops were chosen by the reference's rule. */
  readonly rule?: "weighted" | "reference";
  /** Whether photos without a face were looked at again; absent in old records: they were not. */
  readonly looks?: "once" | "again";
}

/** Crops that were made in another way than is asked for. */
export class AlignmentMismatchError extends Error {
  override readonly name = "AlignmentMismatchError";
}

/** Name of the record's file in a folder of crops, and in the folder of a run that trained on them. */
export const ALIGNMENT_FILE = "alignment.json";

/** These say which crops there are; all else decides the pixels of a crop. */
const SELECTION: readonly string[] = [
  "missing",
  "faces",
  "rule",
  "looks",
] satisfies (keyof AlignmentRecord)[];

const { fields, listOf, number, oneOf, optional, text } = jsonShape;

const RECORD = fields<AlignmentRecord>({
  detector: oneOf("amface", "mtcnn"),
  weightsSha256: text,
  minSize: number,
  thresholds: listOf(number),
  scaleFactor: number,
  template: listOf(listOf(number, 2)),
  height: number,
  width: number,
  colour: oneOf("RGB"),
  interpolation: oneOf("bilinear"),
  border: oneOf("black"),
  missing: oneOf("skip", "center"),
  faces: oneOf("chosen", "all"),
  rule: optional(oneOf("weighted", "reference")),
  looks: optional(oneOf("once", "again")),
});

/**
 * Reads the record of a folder of crops.
 *
 * @returns `undefined` where the folder has none.
 * @throws {Error} Where the file is damaged or cannot be read.
 */
export async function readAlignment(dir: string): Promise<AlignmentRecord | undefined> {
  const path = join(dir, ALIGNMENT_FILE);
  let json: string;
  try {
    json = await readFile(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new Error(`Cannot read the alignment record ${path}: ${message}`, { cause: error });
  }
  return parseAlignment(json, path);
}

/**
 * @param source What the JSON is from, for the error message.
 * @throws {Error} Where the JSON is no record; it names the field that is wrong, what was expected and what was got.
 */
export function parseAlignment(json: string, source: string): AlignmentRecord {
  try {
    return parseJson<AlignmentRecord>(json, RECORD);
  } catch (error) {
    const { name, message } = error as Error;
    const wrong =
      name === "TypeError"
        ? message
        : `expected JSON as align writes it, got ${JSON.stringify(json.slice(0, 40))}`;
    throw new Error(`Cannot read the alignment record ${source}: ${wrong}`, { cause: error });
  }
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
  const [a, b]: Readonly<Record<string, unknown>>[] = [{ ...expected }, { ...got }];
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
