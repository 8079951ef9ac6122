import { open } from "node:fs/promises";
import { quote } from "../pairs/quote.ts";
import { ListError } from "./list-error.ts";

const CHUNK = 2 ** 22;
const [NEWLINE, RETURN, SPACE, TAB, COMMA, ZERO, QUOTE] = [10, 13, 32, 9, 44, 48, 34];
const isBlank = (byte: number) => byte === SPACE || byte === TAB || byte === RETURN;
const LARGEST = 2 ** 31 - 1;

/**
 * Reads the first columns of a table of whole numbers, 0 to 2³¹ − 1, in quotes or not, separated by spaces, tabs or a comma, in pieces, so that
 * millions of rows take 4 bytes a number.
 *
 * @param columns What each column is called in error messages.
 * @param options.header Whether the first line names the columns (default false).
 * @returns One array a column. Row i stands on line i + 1, or i + 2 below a header.
 * @throws {ListError} Naming the line that does not keep the form, such as a header of numbers, or when there is no such file or it has no rows.
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
      if (this.#skip) this.#header(bytes, at, end);
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

  #header(bytes: Uint8Array, start: number, end: number): void {
    this.#skip = false;
    const text = new TextDecoder().decode(bytes.subarray(start, end)).trim();
    if (/^[\s\d,"]+$/.test(text)) throw this.failure(`a header ${this.#names.join(", ")}`, quote(text));
  }

  #row(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end && isBlank(bytes[at])) at++;
    if (at === end) {
      this.#ended = true;
      return;
    }
    if (this.#ended) throw this.failure("the end after an empty line", "more rows");
    if (this.#rows === this.#columns[0].length) this.#grow();
    const row = this.#rows++;
    // A byte order mark, as editors leave it.
    if (this.#line === 1 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) at = 3;
    for (const column of this.#columns) {
      while (at < end && isBlank(bytes[at])) at++;
      const quoted = at < end && bytes[at] === QUOTE;
      if (quoted) at++;
      const first = at;
      let value = 0;
      for (; at < end; at++) {
        const digit = bytes[at] - ZERO;
        if (digit < 0 || digit > 9) break;
        value = value * 10 + digit;
      }
      const digits = at - first;
      const closed = !quoted || (at < end && bytes[at++] === QUOTE);
      const after = at;
      while (at < end && isBlank(bytes[at])) at++;
      const comma = at < end && bytes[at] === COMMA;
      if (digits === 0 || value > LARGEST || !closed || !(at === end || comma || at > after)) {
        const text = new TextDecoder().decode(bytes.subarray(start, end)).trim();
        throw this.failure(`whole numbers ${this.#names.join(", ")}`, quote(text));
      }
      if (comma) at++;
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
