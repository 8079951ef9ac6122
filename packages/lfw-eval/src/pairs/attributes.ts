import { nameKey, readText } from "@amface/files";
import { fromCSV } from "arquero";
import { AttributesError } from "./attributes-error.ts";
import {
  type AttributeTable,
  CELEBA_GROUPS,
  celebaGroup,
  isCelebaList,
  parseCelebaList,
} from "./celeba-attributes.ts";

/** Attributes of photos or of people. */
export interface Attributes {
  /** What to tell groups apart by: the columns behind the first; of CelebA's list sex, age and skin. */
  readonly columns: readonly string[];
  /** All columns that can be looked up. */
  readonly names: readonly string[];
  /** A photo's value in a column: its own, else its identity's; undefined where neither is listed or it is empty. */
  lookUp(column: string, photo: string, identity: string): string | undefined;
}

/**
 * Reads a CSV file whose first column names photos (`Ann/Ann_0001.jpg`, with any extension or none) or identities
 * (`Ann`), and whose other columns are attributes; or CelebA's `list_attr_celeba.txt`, also as CSV: of its forty
 * attributes `Male`, `Young` and `Pale_Skin` are the columns sex, age and skin, all keep their own names with the values yes
 * and no, and photos are known by their files' names in whatever folder.
 *
 * @throws {AttributesError} When there is no such file, it has no attribute or no row, or a row has another length.
 */
export async function readAttributes(path: string): Promise<Attributes> {
  let text: string;
  try {
    text = await readText(path);
  } catch (cause) {
    throw new AttributesError(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
  const { columns, rows } = isCelebaList(text) ? parseCelebaList(text, path) : csvTable(text);
  const [, ...names] = columns;
  if (names.length === 0 || rows.length === 0) {
    throw new AttributesError(
      `Cannot read ${path}: expected a line of names, a column of photos or identities and one of an attribute, got ` +
        `${columns.length} columns and ${rows.length} rows`,
    );
  }
  const rowOf = new Map(rows.map((row) => [stem(row[0].trim()), row]));
  const valueIn = (row: readonly string[] | undefined, column: string) =>
    row?.[columns.indexOf(column)]?.trim() || undefined;
  if (CELEBA_GROUPS.every(({ attribute }) => names.includes(attribute))) {
    return {
      columns: CELEBA_GROUPS.map(({ group }) => group),
      names: [...CELEBA_GROUPS.map(({ group }) => group), ...names],
      lookUp: (column, photo) =>
        celebaGroup(column, (attribute) =>
          valueIn(rowOf.get(stem(photo.replace(/^.*[/\\]/, ""))), attribute),
        ),
    };
  }
  return {
    columns: names,
    names,
    lookUp: (column, photo, identity) =>
      valueIn(rowOf.get(stem(photo)) ?? rowOf.get(nameKey(identity)), column),
  };
}

function csvTable(text: string): AttributeTable {
  const table = fromCSV(text, { autoType: false });
  const columns = table.columnNames();
  const rows = Array.from({ length: table.numRows() }, (_, row) =>
    columns.map((column) => String(table.get(column, row) ?? "")),
  );
  return { columns, rows };
}

const stem = (name: string) => nameKey(name).replace(/\.(jpe?g|png|webp|gif|tiff?|avif)$/i, "");
