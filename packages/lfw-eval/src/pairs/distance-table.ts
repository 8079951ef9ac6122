import { quote } from "./quote.ts";

/** Pairs by their distance: all that the protocol needs. All lists have one entry a pair. */
export interface DistanceTable {
  /** Squared distances of normalised embeddings, 0 to 4. */
  readonly distances: Float64Array;
  readonly issame: readonly boolean[];
  /** The fold of each pair, from 0. */
  readonly folds?: readonly number[];
  /** The photos of each pair, as they are named on disk. */
  readonly photos?: readonly (readonly [string, string])[];
  /** Who they show. Errors of pairs that share a person are not independent; `bootstrap` takes account of that. */
  readonly identities?: readonly (readonly [string, string])[];
}

/** A file of distances that does not keep its form. */
export class DistanceTableError extends Error {
  override readonly name = "DistanceTableError";
}

/** What the columns of a table with photos and people are called; the first two are always there. */
export const DISTANCE_COLUMNS = [
  "issame",
  "distance",
  "fold",
  "photo_a",
  "photo_b",
  "identity_a",
  "identity_b",
];

/**
 * Reads CSV rows `issame,distance`, where `issame` is 1 or 0. A first line `issame,distance` is passed over; one that
 * names all of `issame,distance,fold,photo_a,photo_b,identity_a,identity_b` says that rows have all of them, as
 * `writeDistances` writes them.
 *
 * @param file What error messages call it.
 * @throws {DistanceTableError} Naming the line that does not keep the form.
 */
export function parseDistances(text: string, file = "distances.csv"): DistanceTable {
  const rows = text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .map((line, i) => ({ cells: splitCells(line), at: `${file} line ${i + 1}` }))
    .filter(({ cells }) => cells.length > 1 || cells[0] !== "");
  const header = rows[0]?.cells.join();
  const names = header === DISTANCE_COLUMNS.join() ? DISTANCE_COLUMNS : DISTANCE_COLUMNS.slice(0, 2);
  if (header === names.join()) rows.shift();
  if (rows.length === 0) {
    throw new DistanceTableError(`Cannot read ${file}: expected rows issame,distance, got none`);
  }
  const distances = new Float64Array(rows.length);
  const issame = rows.map(({ cells, at }, p) => {
    const fail = (expected: string, got: unknown): never => {
      throw new DistanceTableError(`Cannot read ${at}: expected ${expected}, got ${got}`);
    };
    if (cells.length !== names.length) fail(`${names.length} columns, ${names}`, cells.length);
    const [same, distance, fold] = cells;
    if (same !== "0" && same !== "1") fail("issame to be 0 or 1", quote(same));
    distances[p] = distance === "" ? Number.NaN : Number(distance);
    if (!Number.isFinite(distances[p])) fail("a finite distance", quote(distance));
    if (fold !== undefined && !/^\d+$/.test(fold)) fail("the number of a fold", quote(fold));
    return same === "1";
  });
  if (names.length === 2) return { distances, issame };
  return {
    distances,
    issame,
    folds: rows.map(({ cells }) => Number(cells[2])),
    photos: rows.map(({ cells }) => [cells[3], cells[4]] as const),
    identities: rows.map(({ cells }) => [cells[5], cells[6]] as const),
  };
}

/** Cells of a line of CSV; those in quotes may hold commas, and quotes when they are doubled. */
function splitCells(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain.trim(),
  );
}
