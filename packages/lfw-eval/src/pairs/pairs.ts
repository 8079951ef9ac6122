import { quote } from "./quote.ts";

/** A pairs file that does not keep its form, or whose photos are missing. */
export class PairsError extends Error {
  override readonly name = "PairsError";
}

/** A photo as pairs.txt names it. */
export interface PhotoName {
  readonly name: string;
  /** Counts from 1. */
  readonly number: number;
}

/** A photo as other lists name it. */
export interface PhotoPath {
  /** Relative to the folder of photos, `/` between the parts; the extension may differ on disk. */
  readonly path: string;
  /** Who it shows, as far as the list or the path tells. */
  readonly identity: string;
}

export interface Pair {
  readonly a: PhotoName | PhotoPath;
  readonly b: PhotoName | PhotoPath;
  /** Whether both photos show the same person. */
  readonly same: boolean;
  /** Counts from 0. */
  readonly fold: number;
}

export interface PairList {
  readonly folds: number;
  readonly pairs: readonly Pair[];
  /** Groups that the list's photos come in, where it has any: the first folder of each photo's path. */
  readonly groups?: readonly string[];
}

/**
 * Reads pairs in LFW's form. The first line is `K N` (View 2: K folds, each of N same and then N different
 * pairs) or `N` (View 1: the same with one fold). A row of 3 columns, `name 1 4`, is a pair of the same
 * person's photos, one of 4, `name 1 other 3`, a pair of two people's. Columns are separated by a tab, or,
 * where a row has none, by spaces; Windows line ends and empty lines are allowed.
 *
 * @param file What error messages call it.
 * @throws {PairsError} Naming the line that does not keep the form.
 */
export function parsePairs(text: string, file = "pairs.txt"): PairList {
  const rows = text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\n|\r/)
    .map((line, i) => ({ line: line.trim(), at: `${file} line ${i + 1}` }))
    .filter(({ line }) => line !== "");
  if (rows.length === 0) throw new PairsError(`Cannot read ${file}: expected pairs, got an empty file`);

  const { folds, pairsPerClass } = parseHeader(rows[0].line, rows[0].at);
  const pairs = rows.slice(1).map(({ line, at }, i) => {
    const columns = line.split(line.includes("\t") ? /\s*\t\s*/ : / +/);
    const pair = parseRow(columns, at, Math.floor(i / (2 * pairsPerClass)));
    const same = i % (2 * pairsPerClass) < pairsPerClass;
    if (i < folds * 2 * pairsPerClass && pair.same !== same) {
      const people = (same: boolean) => (same ? "a pair of one person" : "a pair of two people");
      const order = `${pairsPerClass} same and then ${pairsPerClass} different pairs a fold`;
      throw new PairsError(
        `Cannot read ${at}: expected ${people(same)}, got ${people(pair.same)}; the header says ${order}`,
      );
    }
    return pair;
  });
  const expected = folds * 2 * pairsPerClass;
  if (pairs.length !== expected) {
    const header = `${folds} folds of ${pairsPerClass} same and ${pairsPerClass} different pairs`;
    throw new PairsError(`Cannot read ${file}: expected ${expected} pairs (${header}), got ${pairs.length}`);
  }
  return { folds, pairs };
}

function parseHeader(line: string, at: string): { folds: number; pairsPerClass: number } {
  const numbers = line.split(/\s+/).map(Number);
  if (numbers.length > 2 || !numbers.every((n) => Number.isInteger(n) && n > 0)) {
    throw new PairsError(
      `Cannot read ${at}: expected the number of folds and of pairs ("10 300"), got ${quote(line)}`,
    );
  }
  return { folds: numbers.length === 2 ? numbers[0] : 1, pairsPerClass: numbers.at(-1)! };
}

/** A pair of the form `name 1 4` or `name 1 other 3`. */
export function parseRow(columns: readonly string[], at: string, fold: number): Pair {
  if (columns.length === 3) {
    const [name, i, j] = columns;
    return { a: photo(name, i, at), b: photo(name, j, at), same: true, fold };
  }
  if (columns.length === 4) {
    const [name, i, other, j] = columns;
    return { a: photo(name, i, at), b: photo(other, j, at), same: false, fold };
  }
  throw new PairsError(`Cannot read ${at}: expected 3 or 4 columns, got ${columns.length}`);
}

/** A photo's path without its extension: `Ann/Ann_0001` for the first of Ann. */
export function photoStem(photo: PhotoName | PhotoPath): string {
  if ("path" in photo) return photo.path.replace(/\.[^./]+$/, "");
  return `${photo.name}/${photo.name}_${String(photo.number).padStart(4, "0")}`;
}

/** Who a photo shows. */
export function photoIdentity(photo: PhotoName | PhotoPath): string {
  return "path" in photo ? photo.identity : photo.name;
}

function photo(name: string, number: string, at: string): PhotoName {
  if (!/^[1-9]\d*$/.test(number)) {
    throw new PairsError(`Cannot read ${at}: expected a photo's number, from 1, got ${quote(number)}`);
  }
  if (name === "" || name === ".." || /[/\\]/.test(name)) {
    throw new PairsError(`Cannot read ${at}: expected a person's name, got ${quote(name)}`);
  }
  return { name, number: Number(number) };
}
