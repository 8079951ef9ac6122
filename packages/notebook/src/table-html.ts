/** Rows of a table as objects with the same keys. */
export type Row = Readonly<Record<string, unknown>>;

/** Anything that gives its rows as objects, such as an arquero table. */
export interface TableLike {
  objects(): readonly object[];
}

/** The rows as an HTML table and as plain text; numbers right-aligned, to at most six significant digits. */
export function renderTable(table: readonly Row[] | TableLike): { html: string; text: string } {
  const rows = "objects" in table ? (table.objects() as readonly Row[]) : table;
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
  ].join("\n");
  const widths = columns.map((column, c) => Math.max(column.length, ...cells.map((row) => row[c].length)));
  const text = [columns, ...cells]
    .map((row) => row.map((cell, c) => cell.padStart(widths[c])).join("  "))
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
