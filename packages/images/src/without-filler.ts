import { endOfJpeg } from "./jpeg-structure.ts";

/** Zeros at the end of coded data from which on they are suspected to fill in for what was lost. */
const MANY = 32;
/** How many of them are taken away: more than a decoder reads ahead. */
const FEWER = 16;

/**
 * A JPEG or WebP whose coded data ends in many zeros, with a few of them less. An encoder writes no byte too many, so
 * that the shorter one is damaged; where it decodes as before, the zeros stand for what was lost, as in a download
 * that broke off.
 *
 * @returns `undefined` where the data does not end in that way.
 */
export function withoutFiller(bytes: Uint8Array): Uint8Array | undefined {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[0] === 0xff && bytes[1] === 0xd8) {
    const end = endOfJpeg(bytes);
    if (end === undefined || !endsInZeros(bytes, end)) return undefined;
    return Buffer.concat([bytes.subarray(0, end - FEWER), bytes.subarray(end)]);
  }
  if (bytes.length < 20 || data.getUint32(0) !== 0x52494646 || data.getUint32(8) !== 0x57454250)
    return undefined;
  // A chunk is a name, a length, and so many bytes, padded to an even number.
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = data.getUint32(at + 4, true);
    const end = at + 8 + length;
    // "VP8 " or "VP8L": the pixels.
    if ([0x56503820, 0x5650384c].includes(data.getUint32(at)))
      return endsInZeros(bytes, end) ? webpOf(bytes.subarray(at, end - FEWER)) : undefined;
    at = end + (length % 2);
  }
  return undefined;
}

function endsInZeros(bytes: Uint8Array, end: number): boolean {
  return end >= MANY && bytes.subarray(end - MANY, end).every((b) => b === 0);
}

/** A WebP of one chunk of pixels, whose length is set anew. */
function webpOf(chunk: Uint8Array): Uint8Array {
  const result = Buffer.alloc(12 + chunk.length + (chunk.length % 2));
  result.write("RIFF\0\0\0\0WEBP", "latin1");
  result.writeUInt32LE(result.length - 8, 4);
  result.set(chunk, 12);
  result.writeUInt32LE(chunk.length - 8, 16);
  return result;
}
