import { basename } from "node:path";
import { readText, writeFileAtomic } from "@amface/files";
import {
  DISTANCE_COLUMNS,
  type DistanceTable,
  DistanceTableError,
  parseDistances,
} from "./distance-table.ts";

/**
 * Reads a table of distances from disk; see `parseDistances` for its form.
 *
 * @throws {DistanceTableError} When there is no such file or it does not keep the form.
 */
export async function readDistances(path: string): Promise<DistanceTable> {
  let text: string;
  try {
    text = await readText(path);
  } catch (cause) {
    throw new DistanceTableError(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
  return parseDistances(text, basename(path));
}

/**
 * Writes what `readDistances` reads, with a first line of names; photos, identities and folds only where the table
 * has all three.
 *
 * @throws {WriteError} When the place is not writable.
 */
export async function writeDistances(path: string, table: DistanceTable): Promise<void> {
  const { distances, issame, folds, photos, identities } = table;
  const full = folds !== undefined && photos !== undefined && identities !== undefined;
  const rows = issame.map((same, p) => {
    const plain = `${same ? 1 : 0},${distances[p]}`;
    if (!full) return `${plain}\n`;
    return `${[plain, folds[p], ...[...photos[p], ...identities[p]].map(cell)].join()}\n`;
  });
  await writeFileAtomic(path, `${full ? DISTANCE_COLUMNS : DISTANCE_COLUMNS.slice(0, 2)}\n${rows.join("")}`);
}

const cell = (text: string) => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
