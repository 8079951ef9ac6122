import { readFile } from "node:fs/promises";
import { isAbsolute, sep } from "node:path";
import { writeFileAtomic } from "@amface/images";
import { type DataType, float64, int32, tableFromArrays, tableToIPC, utf8 } from "@uwdata/flechette";
import { type AlignOutcome, OUTCOME_KINDS, type OutcomeKind } from "./align-outcome.ts";
import { formatCsv, parseCsv } from "./csv.ts";
import type { Face, Landmarks, Point } from "./face.ts";
import type { FaceWarning } from "./face-warnings.ts";

const POINTS = ["left_eye", "right_eye", "nose", "left_mouth", "right_mouth"];
const HEADER = [
  "path",
  "outcome",
  "crop",
  "faces",
  "score",
  ...["x1", "y1", "x2", "y2"],
  ...POINTS.flatMap((point) => [`${point}_x`, `${point}_y`]),
  "warning",
  "reason",
];
/** Columns of text; those of all others are numbers. */
const TEXTS = ["path", "outcome", "crop", "warning", "reason"];

/**
 * Writes what became of every photo as a CSV file, one row a photo in the order given.
 *
 * @throws {WriteError} When the file cannot be written.
 */
export async function writeManifest(path: string, outcomes: readonly AlignOutcome[]): Promise<void> {
  await writeFileAtomic(path, formatCsv([HEADER, ...outcomes.map(toRow)]));
}

/**
 * Writes the same table as an Arrow IPC file, with empty cells as nulls.
 *
 * @throws {WriteError} When the file cannot be written.
 */
export async function writeArrowManifest(path: string, outcomes: readonly AlignOutcome[]): Promise<void> {
  const rows = outcomes.map(toRow);
  const columns: Record<string, (string | number | null)[]> = {};
  const types: Record<string, DataType> = {};
  HEADER.forEach((name, c) => {
    const isText = TEXTS.includes(name);
    types[name] = isText ? utf8() : name === "faces" ? int32() : float64();
    columns[name] = rows.map((row) => (row[c] === "" ? null : isText ? row[c] : Number(row[c])));
  });
  const bytes = tableToIPC(tableFromArrays(columns, { types }), { format: "file" });
  await writeFileAtomic(path, bytes as Uint8Array);
}

/**
 * Reads a manifest back; a missing file gives no outcomes.
 *
 * @throws {RangeError} When the file is not a manifest, or names a photo or crop outside of its folder.
 */
export async function readManifest(path: string): Promise<AlignOutcome[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  const [header, ...rows] = parseCsv(text);
  if (String(header) !== String(HEADER)) {
    throw new RangeError(`Cannot read the manifest ${path}: expected columns ${HEADER}, got ${header}`);
  }
  return rows.map((row, i) => {
    if (row.length !== HEADER.length || !OUTCOME_KINDS.includes(row[1] as OutcomeKind)) {
      throw new RangeError(
        `Cannot read the manifest ${path} line ${i + 2}: expected ${HEADER.length} columns with an outcome, got ${row}`,
      );
    }
    for (const name of [row[0], row[2]]) {
      if (leadsOut(name)) {
        throw new RangeError(
          `Cannot read the manifest ${path} line ${i + 2}: expected paths inside the folder, got ${name}`,
        );
      }
    }
    return fromRow(row);
  });
}

/** Whether a relative path leaves the folder that it is relative to. */
function leadsOut(path: string): boolean {
  return isAbsolute(path) || path.split(sep === "\\" ? /[\\/]/ : "/").includes("..");
}

function toRow({
  path,
  outcome,
  crop = "",
  faces,
  face,
  warnings = [],
  reason = "",
}: AlignOutcome): string[] {
  const numbers = face
    ? [...face.box, ...face.landmarks.flat()].map((v) => v.toFixed(3))
    : Array(14).fill("");
  const score = face ? face.score.toFixed(6) : "";
  return [path, outcome, crop, String(faces), score, ...numbers, warnings.join(" "), reason];
}

function fromRow(row: readonly string[]): AlignOutcome {
  const [path, outcome, crop, faces, score, ...rest] = row;
  const [warning, reason] = rest.slice(14);
  return {
    path,
    outcome: outcome as OutcomeKind,
    ...(crop && { crop }),
    ...(score && { face: faceOf(Number(score), rest.slice(0, 14).map(Number)) }),
    faces: Number(faces),
    ...(warning && { warnings: warning.split(" ") as FaceWarning[] }),
    ...(reason && { reason }),
    kept: true,
  };
}

function faceOf(score: number, numbers: readonly number[]): Face {
  const [x1, y1, x2, y2] = numbers;
  const points = POINTS.map((_, i): Point => [numbers[4 + 2 * i], numbers[5 + 2 * i]]);
  return { box: [x1, y1, x2, y2], score, landmarks: points as unknown as Landmarks };
}
