/** A table with named columns, as arquero's and flechette's are. */
export type ColumnTable =
  | { numRows(): number; array(name: string): ArrayLike<unknown> }
  | {
      readonly numRows: number;
      getChild(name: string): { toArray(): ArrayLike<unknown>; at?(row: number): unknown };
    };

/** A column's values; `preset` for every row where there is no such column. */
export function column(table: ColumnTable, name: string, preset?: unknown): ArrayLike<unknown> {
  const rows = typeof table.numRows === "function" ? table.numRows() : table.numRows;
  let values: ArrayLike<unknown> | undefined;
  try {
    values = "array" in table ? table.array(name) : table.getChild(name).toArray();
  } catch {
    values = undefined; // both libraries throw for an unknown name, or hand out nothing
  }
  if (values?.length === rows) return values;
  if (preset !== undefined) return new Array(rows).fill(preset);
  throw new RangeError(`Cannot use the table: expected a column ${name} of ${rows} values, got none`);
}

/** What is used of flechette's columns of text. */
interface TextChild {
  at?(row: number): unknown;
  readonly data?: readonly {
    readonly values?: unknown;
    readonly offsets?: unknown;
    readonly nullCount?: number;
  }[];
}

/**
 * A column's values as text, each made when it is asked for: flechette's stay the bytes of the file until then.
 *
 * @throws {RangeError} When there is no such column and no `preset`.
 */
export function texts(table: ColumnTable, name: string, preset?: string): (row: number) => string {
  const child = "array" in table ? undefined : (table.getChild(name) as TextChild | null);
  if (child?.at) return utf8Of(child) ?? ((row) => String(child.at!(row)));
  const values = column(table, name, preset);
  return (row) => String(values[row]);
}

/** Texts of a column that lies in one piece: straight from its bytes, which leaves no garbage but the text. */
function utf8Of({ data = [] }: TextChild): ((row: number) => string) | undefined {
  if (data.length !== 1) return undefined;
  const [{ values, offsets, nullCount }] = data;
  if (!(values instanceof Uint8Array && offsets instanceof Int32Array) || nullCount !== 0) return undefined;
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.length);
  return (row) => bytes.toString("utf8", offsets[row], offsets[row + 1]);
}
