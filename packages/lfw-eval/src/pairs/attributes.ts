import { nameKey, readText } from "@amface/files";
import { fromCSV } from "arquero";

/** An attributes file that does not keep its form. */
export class AttributesError extends Error {
  override readonly name = "AttributesError";
}

/** Attributes of photos or of people. */
export interface Attributes {
  /** Names of the columns behind the first. */
  readonly columns: readonly string[];
  /** A photo's value in a column: its own, else its identity's; undefined where neither is listed or it is empty. */
  lookUp(column: string, photo: string, identity: string): string | undefined;
}

/**
 * Reads a CSV file whose first column names photos (`Ann/Ann_0001.jpg`, with any extension or none) or identities
 * (`Ann`), and whose other columns are attributes.
 *
 * @throws {AttributesError} When there is no such file, or it has no attribute or no row.
 */
export async function readAttributes(path: string): Promise<Attributes> {
  let text: string;
  try {
    text = await readText(path);
  } catch (cause) {
    throw new AttributesError(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
  const table = fromCSV(text, { autoType: false });
  const [key, ...columns] = table.columnNames();
  if (columns.length === 0 || table.numRows() === 0) {
    throw new AttributesError(
      `Cannot read ${path}: expected a line of names, a column of photos or identities and one of an attribute, got ` +
        `${columns.length + 1} columns and ${table.numRows()} rows`,
    );
  }
  const rowOf = new Map<string, number>();
  for (let row = 0; row < table.numRows(); row++) rowOf.set(stem(String(table.get(key, row)).trim()), row);
  return {
    columns,
    lookUp(column, photo, identity) {
      const row = rowOf.get(stem(photo)) ?? rowOf.get(nameKey(identity));
      const value = row === undefined ? undefined : (table.get(column, row) as string | null);
      return value?.trim() || undefined;
    },
  };
}

const stem = (name: string) => nameKey(name).replace(/\.(jpe?g|png|webp|gif|tiff?|avif)$/i, "");
