import { type ColumnTable, column, texts } from "../source/column-table.ts";
import { ClassLabels } from "./class-labels.ts";

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
  // As they lie in the file, where they are such numbers there: what is left of copies stays until a full collection.
  const whole = (name: string): Int32Array => {
    const values = column(table, name);
    const numbers = values instanceof Int32Array ? values : new Int32Array(values.length);
    for (let row = 0; row < values.length; row++) {
      const number = Number(values[row]);
      if (!Number.isInteger(number) || number < 0 || number >= 2 ** 31) {
        throw new RangeError(
          `Cannot use the index: expected ${name} of ${nameOf(row)} to be a whole number from 0, got ${number}`,
        );
      }
      if (numbers !== values) numbers[row] = number;
    }
    return numbers;
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
  const rows = label.map((_, row) => row);
  const names = new Set<string>();
  for (let row = 0; row < label.length; row++) names.add(folderOf(row));
  if (names.size === 1) return new Map([[folderOf(0), rows]]);
  return new Map([...names].map((name) => [name, rows.filter((row) => folderOf(row) === name)]));
}

/** From `image/class/label` to label, of these rows. */
export function classLabels(identities: IdentityColumns, rows: Int32Array): ClassLabels {
  return new ClassLabels(
    rows.map((row) => identities.class[row]),
    rows.map((row) => identities.label[row]),
  );
}
