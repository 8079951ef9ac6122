import { type ColumnTable, column, texts } from "./column-table.ts";

/**
 * The identities of an index, a value of each for every row. Columns, and names that are made when asked for: an
 * object and a string for each of a hundred thousand identities would be half of what the heap holds.
 */
export interface IdentityColumns {
  readonly label: Int32Array;
  readonly photos: Int32Array;
  /** `image/class/label` of the identity's records. */
  readonly class: Int32Array;
  readonly nameOf: (row: number) => string;
  /** The shard folder that holds the photos, relative to the index; empty for its own. */
  readonly folderOf: (row: number) => string;
}

/**
 * The columns of an index.
 *
 * @throws {RangeError} When one is missing, or a label, class or number of photos is no whole number from 0.
 */
export function identityColumns(table: ColumnTable): IdentityColumns {
  const nameOf = texts(table, "identity");
  const whole = (name: string): Int32Array => {
    const values = column(table, name);
    return Int32Array.from(values, (value, row) => {
      const number = Number(value);
      if (Number.isInteger(number) && number >= 0 && number < 2 ** 31) return number;
      throw new RangeError(
        `Cannot use the index: expected ${name} of ${nameOf(row)} to be a whole number from 0, got ${number}`,
      );
    });
  };
  return {
    label: whole("label"),
    photos: whole("photos"),
    class: whole("class"),
    nameOf,
    folderOf: texts(table, "folder", ""),
  };
}

/** The rows of each folder, in the order in which the index first names them. */
export function rowsByFolder({ label, folderOf }: IdentityColumns): Map<string, Int32Array> {
  const folders = new Map<string, number>();
  const numbers = label.map((_, row) => {
    const folder = folderOf(row);
    const number = folders.get(folder) ?? folders.size;
    folders.set(folder, number);
    return number;
  });
  const rows = Int32Array.from(label.keys());
  return new Map([...folders].map(([name, number]) => [name, rows.filter((row) => numbers[row] === number)]));
}

/** From `image/class/label` to label, of these rows; -1 where there is none. */
export function labelTable(identities: IdentityColumns, rows: Int32Array): Int32Array {
  const last = rows.reduce((most, row) => Math.max(most, identities.class[row]), -1);
  const labels = new Int32Array(last + 1).fill(-1);
  for (const row of rows) labels[identities.class[row]] = identities.label[row];
  return labels;
}
