import { crc32c as hardwareCrc32c } from "@node-rs/crc32";

/**
 * CRC-32C (Castagnoli, RFC 3720) as an unsigned number.
 *
 * @param before The checksum of the bytes that precede these; that of nothing is 0.
 */
export function crc32c(bytes: Uint8Array, before = 0): number {
  return hardwareCrc32c(bytes, before);
}

/** A checksum as TFRecord files store it: rotated right by 15 bits, plus a constant. */
export function maskCrc(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
