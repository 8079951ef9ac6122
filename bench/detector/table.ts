/** A table of results; numbers are printed with `digits` behind the point, kept whole in JSON. */
export interface Table {
  readonly title: string;
  readonly columns: readonly (string | { readonly name: string; readonly digits: number })[];
  readonly rows: readonly (readonly (string | number | undefined)[])[];
  readonly notes?: readonly string[];
}

/** The table in Markdown, as it goes into a README. */
export function formatTable({ title, columns, rows, notes = [] }: Table): string {
  const names = columns.map((column) => (typeof column === "string" ? column : column.name));
  const cell = (value: string | number | undefined, i: number) => {
    const column = columns[i];
    if (value === undefined || Number.isNaN(value)) return "–";
    if (typeof value === "string" || typeof column === "string") return String(value);
    return value.toFixed(column.digits);
  };
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const body = [names, names.map(() => "---"), ...rows.map((row) => row.map(cell))].map(line);
  return [`${title}\n`, ...body, ...notes.map((note) => `\n${note}`)].join("\n");
}

/** `part` in per cent of `all`; NaN of nothing. */
export const percent = (part: number, all: number): number => (100 * part) / all;

export const mean = (numbers: readonly number[]): number =>
  numbers.reduce((sum, value) => sum + value, 0) / numbers.length;

export const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
