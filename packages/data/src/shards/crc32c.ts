import { Kernels } from "../kernels/kernels.ts";

let kernels: Kernels | undefined;

/**
 * CRC-32C (Castagnoli, RFC 3720) as an unsigned number.
 *
 * @param before The checksum of the bytes that precede these; that of nothing is 0.
 */
export function crc32c(bytes: Uint8Array, before = 0): number {
  kernels ??= new Kernels();
  kernels.memory(Kernels.START + bytes.length).set(bytes, Kernels.START);
  return kernels.crc32c(Kernels.START, bytes.length, before);
}

/** A checksum as TFRecord files store it: rotated right by 15 bits, plus a constant. */
export function maskCrc(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
