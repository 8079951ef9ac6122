import { runsOfEachClass } from "./fold-numbers.ts";
import { type Pair, type PairList, PairsError, type PhotoPath, parsePairs, parseRow } from "./pairs.ts";
import { quote } from "./quote.ts";

/** Folds of lists that do not name any. */
const FOLDS = 10;

/**
 * Reads the text of a list of pairs in any of these layouts, which it tells apart by their form:
 *
 * - LFW's `pairs.txt`, `pairsDevTrain.txt`, `pairsDevTest.txt`: see `parsePairs`;
 * - CALFW's and CPLFW's, two lines a pair, `photo label`: the label is 0 for two people and otherwise 1 or the pair's
 *   fold from 1;
 * - three columns `photo photo issame`, as AgeDB-30 is passed on, separated by spaces, tabs or commas;
 * - LFW's rows without a first line, as RFW has them.
 *
 * Where folds are not named, the pairs of each class are split into ten runs; the different pairs of CALFW, whose same
 * pairs name their folds, into as many runs as those.
 *
 * @param file What error messages call it.
 * @throws {PairsError} When its form is none of these.
 */
export function parsePairList(text: string, file = "pairs.txt"): PairList {
  const rows = text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\n|\r/)
    .map((line, i) => ({ columns: splitColumns(line), at: `${file} line ${i + 1}` }))
    .filter(({ columns }) => columns[0] !== "");
  const [first] = rows;
  if (first === undefined || first.columns.every((column) => /^\d+$/.test(column)))
    return parsePairs(text, file);
  if (first.columns.length === 2) return twoLines(rows, file);
  if (isRow(first.columns)) {
    return intoFolds(
      rows.map(({ columns, at }) => parseRow(columns, at, 0)),
      FOLDS,
    );
  }
  if (first.columns.length === 3 && /^[01]$/.test(first.columns[2])) {
    const pairs = rows.map(({ columns, at }) => threeColumns(columns, at));
    return intoFolds(pairs, FOLDS);
  }
  return parsePairs(text, file);
}

/** `name 1 4` or `name 1 other 3`. */
function isRow(columns: readonly string[]): boolean {
  const numbers =
    columns.length === 3 ? columns.slice(1) : columns.length === 4 ? [columns[1], columns[3]] : [];
  return numbers.length === 2 && numbers.every((number) => /^\d+$/.test(number));
}

/** By commas or tabs where the line has any, for names with spaces; by spaces otherwise. */
function splitColumns(line: string): string[] {
  const separator = [",", "\t"].find((character) => line.includes(character)) ?? /\s+/;
  return line
    .trim()
    .split(separator)
    .map((column) => column.trim());
}

interface Row {
  readonly columns: readonly string[];
  readonly at: string;
}

function twoLines(rows: readonly Row[], file: string): PairList {
  if (rows.length % 2 !== 0) {
    throw new PairsError(`Cannot read ${file}: expected two lines a pair, got ${rows.length} lines`);
  }
  const labelled = rows.map(({ columns, at }) => {
    if (columns.length === 2 && /^\d+$/.test(columns[1])) {
      return { photo: photoPath(columns[0], at), label: Number(columns[1]), at };
    }
    throw new PairsError(`Cannot read ${at}: expected a photo and a label, got ${quote(columns.join(" "))}`);
  });
  const pairs = labelled
    .filter((_, i) => i % 2 === 0)
    .map((a, i) => {
      const b = labelled[2 * i + 1];
      if (a.label === b.label) return { a: a.photo, b: b.photo, same: a.label > 0, label: a.label };
      throw new PairsError(
        `Cannot read ${b.at}: expected the label of the line before, ${a.label}, got ${b.label}`,
      );
    });
  // Where labels of same pairs differ they are folds, and each fold's different pairs are the next run of them.
  const highest = pairs.reduce((max, { label }) => Math.max(max, label), 0);
  if (highest <= 1) return intoFolds(pairs, FOLDS);
  const list = intoFolds(pairs, highest);
  return {
    ...list,
    pairs: list.pairs.map((pair, i) => (pair.same ? { ...pair, fold: pairs[i].label - 1 } : pair)),
  };
}

function threeColumns(columns: readonly string[], at: string): Omit<Pair, "fold"> {
  const [a, b, same] = columns;
  if (columns.length !== 3 || !/^[01]$/.test(same)) {
    throw new PairsError(
      `Cannot read ${at}: expected two photos and 0 or 1, got ${quote(columns.join(" "))}`,
    );
  }
  return { a: photoPath(a, at), b: photoPath(b, at), same: same === "1" };
}

/** A photo by the path that a list gives. */
export function photoPath(path: string, at: string): PhotoPath {
  const parts = path.split(/[/\\]/).filter((part) => part !== "." && part !== "");
  if (parts.length === 0 || parts.includes("..")) {
    throw new PairsError(`Cannot read ${at}: expected the path of a photo, got ${quote(path)}`);
  }
  return { path: parts.join("/"), identity: identityOf(parts) };
}

/** The first folder; of a bare file name what AgeDB (`12_Name_30_f`) and LFW (`Name_0001`) put there. */
function identityOf(parts: readonly string[]): string {
  if (parts.length > 1) return parts[0];
  const name = parts[0].replace(/\.[^.]+$/, "");
  return /^\d+_(.+)_\d+_[mf]$/.exec(name)?.[1] ?? name.replace(/_\d+$/, "");
}

/** Splits the pairs of each class into runs of, as near as can be, one length. */
function intoFolds(pairs: readonly Omit<Pair, "fold">[], folds: number): PairList {
  const foldOf = runsOfEachClass(
    pairs.map(({ same }) => same),
    folds,
  );
  const split = pairs.map(({ a, b, same }, i) => ({ a, b, same, fold: foldOf[i] }));
  return { folds, pairs: split };
}
