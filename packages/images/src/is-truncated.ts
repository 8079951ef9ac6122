import { endOfJpeg } from "./jpeg-structure.ts";

/**
 * Whether the end of an image file is missing, by its structure alone: a JPEG without end-of-image marker or without
 * all its scans, a PNG without `IEND` chunk, a GIF without trailer, a WebP or AVIF shorter than it says, a TIFF whose
 * directory lies beyond its end. Bytes behind the end do not matter. Of other formats nothing is known: false.
 */
export function isTruncated(bytes: Uint8Array): boolean {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return endOfJpeg(bytes) === undefined;
  if (startsWith(bytes, "\x89PNG", 0)) return !reachesEndOfPng(bytes);
  if (startsWith(bytes, "GIF8", 0)) return !reachesEndOfGif(bytes);
  if (startsWith(bytes, "RIFF", 0))
    return bytes.length < 8 || 8 + view(bytes).getUint32(4, true) > bytes.length;
  if (startsWith(bytes, "ftyp", 4)) return !reachesEndOfBoxes(bytes);
  if (isTiff(bytes)) return !reachesDirectory(bytes);
  return false;
}

/** Whether a file begins as a TIFF does, of either byte order. */
export function isTiff(bytes: Uint8Array): boolean {
  return ["II*\0", "MM\0*"].some((start) => startsWith(bytes, start, 0));
}

function reachesEndOfPng(bytes: Uint8Array): boolean {
  const data = view(bytes);
  // A chunk is a length, a type, so many bytes, and a checksum.
  for (let at = 8; at + 12 <= bytes.length; at += 12 + data.getUint32(at)) {
    if (startsWith(bytes, "IEND", at + 4)) return true;
  }
  return false;
}

function reachesEndOfGif(bytes: Uint8Array): boolean {
  /** Bytes of a table of colours, by the flags that announce it. */
  const table = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  for (let at = 13 + table(bytes[10]); at < bytes.length; ) {
    const kind = bytes[at];
    if (kind === 0x3b) return true;
    if (kind === 0x21) at += 2;
    else if (kind === 0x2c) at += 11 + table(bytes[at + 9]);
    else return false;
    // Blocks of so many bytes, up to an empty one.
    while (bytes[at] > 0) at += 1 + bytes[at];
    at++;
  }
  return false;
}

/** Whether the last box of an ISO media file ends within the file, or goes on to wherever it ends (size 0). */
function reachesEndOfBoxes(bytes: Uint8Array): boolean {
  const data = view(bytes);
  let [at, pixels] = [0, false];
  // What has no name is no box, but bytes behind the last one.
  while (at + 8 <= bytes.length && bytes.subarray(at + 4, at + 8).every((b) => b >= 0x20 && b < 0x7f)) {
    const size = data.getUint32(at);
    if (size === 0) return true;
    if (size === 1 && at + 16 > bytes.length) return false;
    pixels ||= startsWith(bytes, "mdat", at + 4);
    at += size === 1 ? Number(data.getBigUint64(at + 8)) : Math.max(size, 8);
  }
  return at === bytes.length || (pixels && at < bytes.length);
}

/** Bytes of a TIFF's values by their type, from 0. */
const TIFF_SIZES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];

/** Whether the first directory of a TIFF, and what it points to, lies within the file; writers put it behind the pixels. */
function reachesDirectory(bytes: Uint8Array): boolean {
  const data = view(bytes);
  const little = bytes[0] === 0x49;
  const start = bytes.length < 8 ? bytes.length : data.getUint32(4, little);
  if (start + 2 > bytes.length) return false;
  // A count, entries of tag, type, number of values and offset (or the values), and the next directory's offset.
  const end = start + 2 + 12 * data.getUint16(start, little);
  if (end + 4 > bytes.length) return false;
  for (let at = start + 2; at < end; at += 12) {
    const size = (TIFF_SIZES[data.getUint16(at + 2, little)] ?? 0) * data.getUint32(at + 4, little);
    if (size > 4 && data.getUint32(at + 8, little) + size > bytes.length) return false;
  }
  return true;
}

function startsWith(bytes: Uint8Array, text: string, at: number): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

function view({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
