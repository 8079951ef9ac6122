import { readFile } from "node:fs/promises";

/**
 * Reads a text that a person may have saved by any editor or spreadsheet: UTF-8 with or without a byte order mark, or
 * UTF-16 with one, as Excel's Unicode Text and Windows PowerShell write it.
 *
 * @returns The text without the mark.
 * @throws {Error} When the file cannot be read.
 */
export async function readText(path: string): Promise<string> {
  return decodeText(await readFile(path));
}

/** The text of bytes, as `readText` tells their encoding. */
export function decodeText(bytes: Uint8Array): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : "utf-8";
  if (bytes[0] !== 0xfe || bytes[1] !== 0xff) return new TextDecoder(encoding).decode(bytes);
  // Not every runtime decodes big-endian UTF-16.
  const swapped = Buffer.from(bytes.subarray(0, bytes.length & ~1)).swap16();
  return new TextDecoder("utf-16le").decode(swapped);
}
