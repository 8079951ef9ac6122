import { open } from "node:fs/promises";
import { quote } from "../pairs/quote.ts";
import { ListError } from "./list-error.ts";

const CHUNK = 2 ** 22;
const [NEWLINE, RETURN, SPACE, TAB, COMMA, ZERO] = [10, 13, 32, 9, 44, 48];
const LARGEST = 2 ** 31 - 1;

/**
 * Reads the first columns of a table of whole numbers, 0 to 2³¹ − 1, separated by spaces, tabs or a comma, in pieces, so that
 * millions of rows take 4 bytes a number.
 *
 * @param columns What each column is called in error messages.
 * @param options.header Whether the first line names the columns (default false).
 * @returns One array a column. Row i stands on line i + 1, or i + 2 below a header.
 * @throws {ListError} Naming the line that does not keep the form, or when there is no such file or it has no rows.
 */
export async function readIntegers(
  path: string,
  columns: readonly string[],
  { header = false }: { readonly header?: boolean } = {},
): Promise<Int32Array[]> {
  const table = new IntegerTable(path, columns, header);
  const file = await open(path).catch((cause: Error) => {
    throw new ListError(`Cannot read ${path}: ${cause.message}`, { cause });
  });
  try {
    const buffer = new Uint8Array(CHUNK);
    let kept = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, kept, buffer.length - kept);
      const filled = kept + bytesRead;
      const end = bytesRead === 0 ? filled : buffer.subarray(0, filled).lastIndexOf(NEWLINE) + 1;
      table.take(buffer.subarray(0, end));
      if (bytesRead === 0) break;
      kept = filled - end;
      // A line longer than the buffer: a list has none, but a file that is no list may.
      if (kept === buffer.length) throw table.failure("a line", "one of over 4 MiB");
      buffer.copyWithin(0, end, filled);
    }
  } finally {
    await file.close();
  }
  return table.close();
}

class IntegerTable {
  readonly #path: string;
  readonly #names: readonly string[];
  #columns: Int32Array[];
  #rows = 0;
  #line = 1;
  #skip: boolean;
  /** Whether an empty line was seen, which may only stand at the end. */
  #ended = false;

  constructor(path: string, names: readonly string[], header: boolean) {
    this.#path = path;
    this.#names = names;
    this.#skip = header;
    this.#columns = names.map(() => new Int32Array(1024));
  }

  /** Whole lines. */
  take(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; this.#line++) {
      const found = bytes.indexOf(NEWLINE, at);
      const end = found < 0 ? bytes.length : found;
      if (this.#skip) this.#skip = false;
      else this.#row(bytes, at, end);
      at = end + 1;
    }
  }

  close(): Int32Array[] {
    if (this.#rows === 0)
      throw new ListError(`Cannot read ${this.#path}: expected rows ${this.#names}, got none`);
    return this.#columns.map((column) => column.subarray(0, this.#rows));
  }

  failure(expected: string, got: string): ListError {
    return new ListError(`Cannot read ${this.#path} line ${this.#line}: expected ${expected}, got ${got}`);
  }

  #row(bytes: Uint8Array, start: number, end: number): void {
    if (end === start || (end === start + 1 && bytes[start] === RETURN)) {
      this.#ended = true;
      return;
    }
    if (this.#ended) throw this.failure("the end after an empty line", "more rows");
    if (this.#rows === this.#columns[0].length) this.#grow();
    const row = this.#rows++;
    let at = start;
    // A byte order mark, as editors leave it.
    if (this.#line === 1 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) at += 3;
    for (const column of this.#columns) {
      while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at++;
      const first = at;
      let value = 0;
      for (; at < end; at++) {
        const digit = bytes[at] - ZERO;
        if (digit < 0 || digit > 9) break;
        value = value * 10 + digit;
      }
      const ends = at === end || bytes[at] === RETURN;
      const separated = bytes[at] === SPACE || bytes[at] === TAB || bytes[at] === COMMA;
      if (at === first || value > LARGEST || !(ends || separated)) {
        const text = new TextDecoder().decode(bytes.subarray(start, end)).trim();
        throw this.failure(`whole numbers ${this.#names.join(", ")}`, quote(text));
      }
      if (!ends) at++;
      column[row] = value;
    }
  }

  #grow(): void {
    this.#columns = this.#columns.map((column) => {
      const larger = new Int32Array(column.length * 2);
      larger.set(column);
      return larger;
    });
  }
}
