import { crc32, inflateSync } from "node:zlib";
import type { PngFilters } from "./png-filters.ts";
import type { RgbImage } from "./rgb-image.ts";

/** Chunks that do not change how the pixels are to be shown. */
const HARMLESS = new Set(["IHDR", "IDAT", "IEND", "pHYs", "tEXt", "zTXt", "iTXt", "tIME", "bKGD", "sRGB"]);

/**
 * Decodes a PNG of eight-bit RGB without interlace, profile or transparency.
 *
 * @returns The image, whose pixels are a view of the filters' memory, void with the next one; or `undefined` for any
 *   other file and for a damaged one.
 */
export function decodePlainPng(
  bytes: Uint8Array,
  maxPixels: number,
  filters: PngFilters,
): RgbImage | undefined {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // The signature, and the first chunk: IHDR.
  if (bytes.length < 29 || data.getUint32(0) !== 0x89504e47 || data.getUint32(4) !== 0x0d0a1a0a)
    return undefined;
  if (data.getUint32(12) !== 0x49484452) return undefined;
  const parts: Uint8Array[] = [];
  let ended = false;
  for (let at = 8; !ended; ) {
    if (at + 12 > bytes.length) return undefined;
    const length = data.getUint32(at);
    if (at + 12 + length > bytes.length) return undefined;
    const type = String.fromCharCode(bytes[at + 4], bytes[at + 5], bytes[at + 6], bytes[at + 7]);
    if (!HARMLESS.has(type)) return undefined;
    if (crc32(bytes.subarray(at + 4, at + 8 + length)) !== data.getUint32(at + 8 + length)) return undefined;
    if (type === "IDAT") parts.push(bytes.subarray(at + 8, at + 8 + length));
    ended = type === "IEND";
    at += 12 + length;
  }
  const [width, height] = [data.getUint32(16), data.getUint32(20)];
  const plain = bytes[24] === 8 && bytes[25] === 2 && bytes[28] === 0;
  if (!plain || width * height > maxPixels || width === 0 || height === 0) return undefined;
  let rows: Uint8Array;
  try {
    // In one piece: the usual ones of 16 KiB are put together afterwards.
    const chunkSize = height * (width * 3 + 1) + 64;
    rows = inflateSync(parts.length === 1 ? parts[0] : Buffer.concat(parts), { chunkSize });
  } catch {
    return undefined;
  }
  if (rows.length !== height * (width * 3 + 1)) return undefined;
  const pixels = filters.undo(rows, width * 3, height);
  return pixels && { data: pixels, width, height };
}
