import { readFile } from "node:fs/promises";
import { isAbsolute, sep } from "node:path";
import { writeFileAtomic } from "@amface/files";
import { FACE_LOOKS, type Face, type FaceLook, type Point } from "../warp/face.ts";
import { type AlignOutcome, OUTCOME_KINDS, type OutcomeKind } from "./align-outcome.ts";
import { csvTexts, formatCsv, parseCsv } from "./csv.ts";
import { FACE_WARNINGS, type FaceWarning } from "./face-warning.ts";
import { MANIFEST_COLUMNS } from "./manifest-columns.ts";

const HEADER = MANIFEST_COLUMNS.map(({ name }) => name);
/** Manifests of old end before the look, or before the photo's size and time. */
const HEADERS = [HEADER, HEADER.slice(0, -1), HEADER.slice(0, -3)];
/** What the manifest says of faces that the first look found. */
const FIRST_LOOK = "first";
/** Rows that are formatted at a time: those of millions of photos would not fit into one string. */
const ROWS = 10_000;

/**
 * Writes what became of every photo as a CSV file, one row a photo in the order given.
 *
 * @throws {WriteError} When the file cannot be written.
 */
export async function writeManifest(path: string, outcomes: readonly AlignOutcome[]): Promise<void> {
  const pieces = [Buffer.from(formatCsv([HEADER]))];
  for (let begin = 0; begin < outcomes.length; begin += ROWS) {
    pieces.push(Buffer.from(formatCsv(outcomes.slice(begin, begin + ROWS).map(toRow))));
  }
  await writeFileAtomic(path, Buffer.concat(pieces));
}

function toRow(outcome: AlignOutcome): string[] {
  return MANIFEST_COLUMNS.map(({ digits, of }) => {
    const value = of(outcome) ?? "";
    return typeof value === "number" ? value.toFixed(digits) : value;
  });
}

/**
 * Reads a manifest back; a missing file gives no outcomes.
 *
 * @throws {RangeError} When the file is not a manifest, or names a photo or crop outside of its folder.
 */
export async function readManifest(path: string): Promise<AlignOutcome[]> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  let header: readonly string[] | undefined;
  const outcomes: AlignOutcome[] = [];
  for (const text of csvTexts(bytes)) {
    const rows = parseCsv(text);
    header ??= checkHeader(path, rows.shift());
    for (const row of rows) {
      outcomes.push(fromRow(row, header.length, `${path} row ${outcomes.length + 2}`));
    }
  }
  if (header === undefined) checkHeader(path, []);
  return outcomes;
}

function checkHeader(path: string, header: readonly string[] = []): readonly string[] {
  for (const known of HEADERS) if (String(header) === String(known)) return header;
  throw new RangeError(`Cannot read the manifest ${path}: expected columns ${HEADER}, got ${header}`);
}

/**
 * @param columns How many the header has.
 * @param where What the row is called in error messages.
 */
function fromRow(row: readonly string[], columns: number, where: string): AlignOutcome {
  const fail = (expected: string, got: unknown): never => {
    throw new RangeError(`Cannot read the manifest ${where}: expected ${expected}, got ${got}`);
  };
  if (row.length !== columns) fail(`${columns} columns`, row);
  const [path, outcome, crop, faces, score, ...rest] = row;
  const [warning, reason, bytes = "", modified = "", look = ""] = rest.slice(14);
  if (!OUTCOME_KINDS.includes(outcome as OutcomeKind)) fail(`one of ${OUTCOME_KINDS.join(", ")}`, outcome);
  for (const name of [path, crop]) if (leadsOut(name)) fail("paths inside the folder", name);
  const warnings = warning === "" ? [] : (warning.split(" ") as FaceWarning[]);
  if (!warnings.every((name) => FACE_WARNINGS.includes(name))) fail(`only ${FACE_WARNINGS}`, warning);
  const isKnown = look === "" || look === FIRST_LOOK || FACE_LOOKS.includes(look as FaceLook);
  if (!isKnown) fail(`${FIRST_LOOK} or one of ${FACE_LOOKS}`, look);
  const numbers = [faces, bytes, ...(score === "" ? [] : [score, ...rest.slice(0, 14)])].map(Number);
  if (!numbers.every(Number.isFinite)) fail("numbers", row);
  return {
    path,
    outcome: outcome as OutcomeKind,
    ...(crop && { crop }),
    ...(score && { face: faceOf(numbers[2], numbers.slice(3), look) }),
    faces: numbers[0],
    ...(warnings.length > 0 && { warnings }),
    ...(reason && { reason }),
    ...(bytes && modified && { version: { bytes: Number(bytes), modified } }),
    kept: true,
  };
}

/** Whether a relative path leaves the folder that it is relative to. */
function leadsOut(path: string): boolean {
  return isAbsolute(path) || path.split(sep === "\\" ? /[\\/]/ : "/").includes("..");
}

/** @param numbers The box's corners and the landmarks, x and y by turns. */
function faceOf(score: number, numbers: readonly number[], look: string): Face {
  const [x1, y1, x2, y2, ...marks] = numbers;
  const point = (i: number): Point => [marks[2 * i], marks[2 * i + 1]];
  return {
    box: [x1, y1, x2, y2],
    score,
    landmarks: [point(0), point(1), point(2), point(3), point(4)],
    ...(look !== "" && look !== FIRST_LOOK && { look: look as FaceLook }),
  };
}
