import { readFile } from "node:fs/promises";
import { writeFileAtomic } from "@amface/images";
import { type AlignOutcome, OUTCOME_KINDS, type OutcomeKind } from "./align-outcome.ts";
import { formatCsv, parseCsv } from "./csv.ts";
import type { Face, Landmarks, Point } from "./face.ts";

const POINTS = ["left_eye", "right_eye", "nose", "left_mouth", "right_mouth"];
const HEADER = [
  "path",
  "outcome",
  "crop",
  "faces",
  "score",
  ...["x1", "y1", "x2", "y2"],
  ...POINTS.flatMap((point) => [`${point}_x`, `${point}_y`]),
  "reason",
];

/**
 * Writes what became of every photo as a CSV file, one row a photo in the order given.
 *
 * @throws {WriteError} When the file cannot be written.
 */
export async function writeManifest(path: string, outcomes: readonly AlignOutcome[]): Promise<void> {
  await writeFileAtomic(path, formatCsv([HEADER, ...outcomes.map(toRow)]));
}

/**
 * Reads a manifest back; a missing file gives no outcomes.
 *
 * @throws {RangeError} When the file is not a manifest.
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
    return fromRow(row);
  });
}

function toRow({ path, outcome, crop = "", faces, face, reason = "" }: AlignOutcome): string[] {
  const numbers = face
    ? [...face.box, ...face.landmarks.flat()].map((v) => v.toFixed(3))
    : Array(14).fill("");
  return [path, outcome, crop, String(faces), face ? face.score.toFixed(6) : "", ...numbers, reason];
}

function fromRow(row: readonly string[]): AlignOutcome {
  const [path, outcome, crop, faces, score, ...rest] = row;
  const reason = rest[14];
  return {
    path,
    outcome: outcome as OutcomeKind,
    ...(crop && { crop }),
    ...(score && { face: faceOf(Number(score), rest.slice(0, 14).map(Number)) }),
    faces: Number(faces),
    ...(reason && { reason }),
    kept: true,
  };
}

function faceOf(score: number, numbers: readonly number[]): Face {
  const [x1, y1, x2, y2] = numbers;
  const points = POINTS.map((_, i): Point => [numbers[4 + 2 * i], numbers[5 + 2 * i]]);
  return { box: [x1, y1, x2, y2], score, landmarks: points as unknown as Landmarks };
}
