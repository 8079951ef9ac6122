/**
 * Whether the end of an image file is missing, by its structure alone: a JPEG without end-of-image marker, a
 * PNG without `IEND` chunk, a GIF without trailer, a WebP or AVIF shorter than it says. Of other formats nothing is known: false.
 */
export function isTruncated(bytes: Uint8Array): boolean {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return !reachesEndOfJpeg(bytes);
  if (startsWith(bytes, "\x89PNG", 0)) return !reachesEndOfPng(bytes);
  if (startsWith(bytes, "GIF8", 0)) return bytes[bytes.length - 1] !== 0x3b;
  if (startsWith(bytes, "RIFF", 0))
    return bytes.length < 8 || 8 + view(bytes).getUint32(4, true) > bytes.length;
  if (startsWith(bytes, "ftyp", 4)) return !endsWithBox(bytes);
  return false;
}

/** Walks the segments up to the end-of-image marker; the one of a thumbnail inside a segment does not count. */
function reachesEndOfJpeg(bytes: Uint8Array): boolean {
  const data = view(bytes);
  let at = 2;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    if (at < 0 || at + 1 >= bytes.length) return false;
    const marker = bytes[at + 1];
    if (marker === 0xd9) return true;
    // 0xff00 is a coded byte, 0xffd0 to 0xffd7 are restart marks, 0xffff fills: none of them has a length.
    if (marker === 0xff) at += 1;
    else if (marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
    else if (at + 4 > bytes.length) return false;
    else at += 2 + data.getUint16(at + 2);
  }
}

function reachesEndOfPng(bytes: Uint8Array): boolean {
  const data = view(bytes);
  // A chunk is a length, a type, so many bytes, and a checksum.
  for (let at = 8; at + 12 <= bytes.length; at += 12 + data.getUint32(at)) {
    if (startsWith(bytes, "IEND", at + 4)) return true;
  }
  return false;
}

/** Whether the last box of an ISO media file ends where the file does, or goes on to wherever it ends (0). */
function endsWithBox(bytes: Uint8Array): boolean {
  const data = view(bytes);
  let at = 0;
  while (at + 8 <= bytes.length) {
    const size = data.getUint32(at);
    if (size < 8) return size === 0;
    at += size;
  }
  return at === bytes.length;
}

function startsWith(bytes: Uint8Array, text: string, at: number): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

function view({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
