import { crc32c as hardwareCrc32c } from "@node-rs/crc32";

/**
 * CRC-32C (Castagnoli, RFC 3720) as an unsigned number.
 *
 * @param before The checksum of the bytes that precede these; that of nothing is 0.
 */
export function crc32c(bytes: Uint8Array, before = 0): number {
  return hardwareCrc32c(bytes, before);
}

/** CRC-32C of a few bytes, bit by bit: less work than the way into native code, and nothing for the garbage collector. */
export function crc32cOfFew(bytes: Uint8Array, from: number, to: number): number {
  let crc = -1;
  for (let i = from; i < to; i++) {
    crc ^= bytes[i];
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

/** A checksum as TFRecord files store it: rotated right by 15 bits, plus a constant. */
export function maskCrc(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
