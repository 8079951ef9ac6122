/** Rows of a table as objects with the same keys. */
export type Row = Readonly<Record<string, unknown>>;

/** Anything that gives its rows as objects, such as an arquero table. */
export interface TableLike {
  objects(): readonly object[];
}

/** Rows beyond these are only counted: a notebook holds what it shows. */
const MAX_ROWS = 100;

/**
 * The rows as an HTML table and as plain text; numbers right-aligned, to at most six significant digits. Of more than
 * 100 rows the first, and how many more there are.
 */
export function renderTable(table: readonly Row[] | TableLike): { html: string; text: string } {
  const all = "objects" in table ? (table.objects() as readonly Row[]) : table;
  const rows = all.slice(0, MAX_ROWS);
  const more = all.length > MAX_ROWS ? `… ${all.length - MAX_ROWS} more rows` : undefined;
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = rows.map((row) => columns.map((column) => format(row[column])));
  const html = [
    `<table><thead><tr>${columns.map((column) => `<th>${escapeHtml(column)}</th>`).join("")}</tr></thead><tbody>`,
    ...rows.map((row, r) => {
      const tds = columns.map((column, c) => {
        const style = typeof row[column] === "number" ? ' style="text-align:right"' : "";
        return `<td${style}>${escapeHtml(cells[r][c])}</td>`;
      });
      return `<tr>${tds.join("")}</tr>`;
    }),
    "</tbody></table>",
    ...(more === undefined ? [] : [`<p>${more}</p>`]),
  ].join("\n");
  const widths = columns.map((column, c) => Math.max(column.length, ...cells.map((row) => row[c].length)));
  const text = [columns, ...cells]
    .map((row) => row.map((cell, c) => cell.padStart(widths[c])).join("  "))
    .concat(more ?? [])
    .join("\n");
  return { html, text };
}

function format(value: unknown): string {
  if (typeof value === "number" && !Number.isInteger(value)) return String(Number(value.toPrecision(6)));
  return value === null || value === undefined ? "" : String(value);
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
