import { closeSync, openSync, readSync } from "node:fs";
import { ShardError } from "./shard-error.ts";

const CHUNK = 1 << 18;
const [TAB, NEWLINE, RETURN, ZERO] = [9, 10, 13, 48];

/**
 * Shows the lines of a `.idx` file, `key<TAB>offset`, in its own order; the file is read a part at a time.
 *
 * @param show Told of each line, and the byte where it begins; `false` ends the reading.
 * @param from The byte where a line begins.
 * @throws {ShardError} When the file is missing or a line is another.
 */
export function readIndexLines(
  path: string,
  show: (key: number, offset: number, at: number) => unknown,
  from = 0,
): void {
  const file = open(path);
  try {
    const chunk = Buffer.alloc(CHUNK);
    let [at, line] = [from, from];
    let key = -1;
    let value = 0;
    let digits = 0;
    for (;;) {
      const count = readSync(file, chunk, 0, CHUNK, at);
      for (let i = 0; i < count; i++) {
        const byte = chunk[i];
        if (byte >= ZERO && byte < ZERO + 10) {
          value = 10 * value + byte - ZERO;
          if (++digits > 16) throw another(path, line);
        } else if (byte === TAB && key < 0 && digits > 0) {
          key = value;
          value = digits = 0;
        } else if (byte === NEWLINE && key >= 0 && digits > 0) {
          if (show(key, value, line) === false) return;
          key = -1;
          value = digits = 0;
          line = at + i + 1;
        } else if (byte !== RETURN) throw another(path, line);
      }
      at += count;
      if (count > 0) continue;
      if (key >= 0 && digits > 0) show(key, value, line);
      else if (key >= 0 || digits > 0) throw another(path, line);
      return;
    }
  } finally {
    closeSync(file);
  }
}

function another(path: string, at: number): ShardError {
  return new ShardError(
    path,
    "index",
    undefined,
    `expected lines of key and offset, got another at byte ${at}`,
  );
}

function open(path: string): number {
  try {
    return openSync(path, "r");
  } catch (cause) {
    throw new ShardError(path, "missing", undefined, (cause as Error).message, { cause });
  }
}
