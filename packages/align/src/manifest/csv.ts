/** Joins rows to comma-separated text (RFC 4180, but with plain newlines). */
export function formatCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(quoted).join(",")}\n`).join("");
}

/** Splits comma-separated text (RFC 4180) into rows of cells; quoted cells may hold anything. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  while (cell.lastIndex < text.length) {
    const at = cell.lastIndex;
    const match = cell.exec(text);
    if (!match)
      throw new RangeError(`Cannot read the CSV at character ${at}: expected a cell, got a stray quote`);
    row.push(match[1]?.replaceAll('""', '"') ?? match[2]);
    if (match[3] === ",") continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

/**
 * Cuts the bytes of comma-separated text into texts of whole rows, each a little over `size` bytes: one string
 * cannot hold a file of any size, and short ones are read several times as fast.
 */
export function* csvTexts(bytes: Uint8Array, size = 2 ** 16): Generator<string> {
  const decoder = new TextDecoder();
  let begin = 0;
  let isQuoted = false;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] === 0x22) isQuoted = !isQuoted;
    else if (bytes[i] === 0x0a && !isQuoted && i - begin >= size) {
      yield decoder.decode(bytes.subarray(begin, i + 1));
      begin = i + 1;
    }
  }
  if (begin < bytes.length) yield decoder.decode(bytes.subarray(begin));
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
