import { crc32 } from "./crc32.ts";

/** The largest archive without zip64, which few files need. */
const LIMIT = 2 ** 32 - 1;
/** 1980-01-01, the earliest day of the format: the same files give the same bytes. */
const DATE = 0x21;

/**
 * A zip archive of files as they are, not compressed.
 *
 * @returns The archive in pieces, to be written one after the other; the files are not copied.
 * @throws {RangeError} Where it would be larger than 4 GB.
 */
export function encodeZip(files: readonly (readonly [name: string, content: Uint8Array])[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const [name, content] of files) {
    const text = new TextEncoder().encode(name);
    const head = header(30, 0x04034b50, text, content);
    const entry = header(46, 0x02014b50, text, content);
    new DataView(entry.buffer).setUint32(42, at, true);
    pieces.push(head, content);
    directory.push(entry);
    at += head.length + content.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  if (at + size > LIMIT) {
    throw new RangeError(`Cannot encode a zip archive: expected at most ${LIMIT} bytes, got ${at + size}`);
  }
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  for (const field of [8, 10]) end.setUint16(field, files.length, true);
  end.setUint32(12, size, true);
  end.setUint32(16, at, true);
  return [...pieces, ...directory, new Uint8Array(end.buffer)];
}

/** A file's header, local (30 bytes before the name) or of the directory (46): the same fields, after two of its own. */
function header(size: number, signature: number, name: Uint8Array, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(size + name.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, signature, true);
  const start = size === 30 ? 4 : 6; // the directory says first what made it
  if (size === 46) view.setUint16(4, 20, true);
  view.setUint16(start, 20, true); // needs version 2.0
  view.setUint16(start + 2, 0x800, true); // the name is UTF-8
  view.setUint16(start + 8, DATE, true);
  view.setUint32(start + 10, crc32(content), true);
  view.setUint32(start + 14, content.length, true);
  view.setUint32(start + 18, content.length, true);
  view.setUint16(start + 22, name.length, true);
  bytes.set(name, size);
  return bytes;
}
