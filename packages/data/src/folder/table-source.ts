import { nameKey } from "@amface/files";
import { type ColumnTable, column } from "../source/column-table.ts";
import type { FaceFile } from "../source/photo-columns.ts";
import { FileSource } from "./file-source.ts";

export interface TableSourceOptions {
  /** Column of the photos' paths; default `path`. */
  readonly path?: string;
  /** Column of the identities' names or numbers; default `identity`. */
  readonly identity?: string;
}

/**
 * Photos listed in a table, such as arquero's: a row each. Labels are the places of the identities in the order
 * in which the table first names them. Spellings of one name in Unicode (NFC, NFD) are one identity.
 *
 * @throws {RangeError} When the table has no rows or lacks a column.
 */
export function tableSource(
  table: ColumnTable,
  { path = "path", identity = "identity" }: TableSourceOptions = {},
): FileSource {
  const paths = column(table, path);
  const names = column(table, identity);
  if (paths.length === 0) throw new RangeError("Cannot use the table: expected a row a photo, got none");
  const labels = new Map<string, number>();
  const identities: string[] = [];
  const files = Array.from(paths, (value, i): FaceFile => {
    const name = String(names[i]);
    const label = labels.get(nameKey(name)) ?? identities.push(name) - 1;
    labels.set(nameKey(name), label);
    return { path: String(value), label };
  });
  return new FileSource({ identities, files });
}
