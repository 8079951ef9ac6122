import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** A file of which only the parts that are asked for come into memory. */
export interface OpenBytes {
  /** In bytes, when it was opened. */
  readonly size: number;
  /**
   * The bytes from `start` to before `end`.
   *
   * @throws {Error} Where the file cannot be read, or has become shorter.
   */
  read(start: number, end: number): Uint8Array;
  close(): void;
}

/**
 * Opens a file for reading parts of it.
 *
 * @throws {Error} Where there is no such file, or it cannot be read.
 */
export function openBytes(path: string): OpenBytes {
  const explain = <T>(body: () => T): T => {
    try {
      return body();
    } catch (cause) {
      throw new Error(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
    }
  };
  const file = explain(() => openSync(path, "r"));
  return {
    size: fstatSync(file).size,
    read: (start, end) =>
      explain(() => {
        const bytes = new Uint8Array(end - start);
        for (let at = 0; at < bytes.length; ) {
          const count = readSync(file, bytes, at, bytes.length - at, start + at);
          if (count === 0) throw new Error(`expected ${end} bytes or more, got ${start + at}`);
          at += count;
        }
        return bytes;
      }),
    close: () => closeSync(file),
  };
}
