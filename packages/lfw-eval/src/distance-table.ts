import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { writeFileAtomic } from "@amface/images";
import { quote } from "./quote.ts";

/** Pairs by their distance only: all that the protocol needs. Both lists have one entry a pair. */
export interface DistanceTable {
  /** Squared distances of normalised embeddings, 0 to 4. */
  readonly distances: Float64Array;
  readonly issame: readonly boolean[];
}

/** A file of distances that does not keep its form. */
export class DistanceTableError extends Error {
  override readonly name = "DistanceTableError";
}

/**
 * Reads a table of distances from disk; see `parseDistances` for its form.
 *
 * @throws {DistanceTableError} When there is no such file or it does not keep the form.
 */
export async function readDistances(path: string): Promise<DistanceTable> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new DistanceTableError(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
  return parseDistances(text, basename(path));
}

/**
 * Reads CSV rows `issame,distance`, where `issame` is 1 or 0. A first line that says `issame,distance` is
 * passed over.
 *
 * @param file What error messages call it.
 * @throws {DistanceTableError} Naming the line that does not keep the form.
 */
export function parseDistances(text: string, file = "distances.csv"): DistanceTable {
  const distances: number[] = [];
  const issame: boolean[] = [];
  text.split(/\r?\n/).forEach((line, i) => {
    const columns = line.split(",").map((column) => column.trim());
    if (line.trim() === "" || (i === 0 && columns.join() === "issame,distance")) return;
    const fail = (expected: string, got: unknown): never => {
      throw new DistanceTableError(`Cannot read ${file} line ${i + 1}: expected ${expected}, got ${got}`);
    };
    if (columns.length !== 2) fail("2 columns, issame,distance", columns.length);
    const [same, distance] = columns;
    if (same !== "0" && same !== "1") fail("issame to be 0 or 1", quote(same));
    const value = distance === "" ? Number.NaN : Number(distance);
    if (!Number.isFinite(value)) fail("a finite distance", quote(distance));
    issame.push(same === "1");
    distances.push(value);
  });
  if (distances.length === 0) {
    throw new DistanceTableError(`Cannot read ${file}: expected rows issame,distance, got none`);
  }
  return { distances: Float64Array.from(distances), issame };
}

/**
 * Writes what `readDistances` reads, with a first line of names.
 *
 * @throws {WriteError} When the place is not writable.
 */
export async function writeDistances(path: string, { distances, issame }: DistanceTable): Promise<void> {
  const rows = issame.map((same, i) => `${same ? 1 : 0},${distances[i]}\n`);
  await writeFileAtomic(path, `issame,distance\n${rows.join("")}`);
}
