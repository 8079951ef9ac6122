import { crc32c, maskCrc } from "./crc32c.ts";

/** Bytes of a frame before its data: the length (uint64) and its checksum. */
export const HEADER = 12;
/** Bytes of a frame behind its data: the data's checksum. */
export const FOOTER = 4;

/** What stands before and behind a record in a TFRecord file. */
export function frame(data: Uint8Array): { header: Uint8Array; footer: Uint8Array } {
  const header = Buffer.alloc(HEADER);
  header.writeBigUInt64LE(BigInt(data.length));
  header.writeUInt32LE(maskCrc(crc32c(header.subarray(0, 8))), 8);
  const footer = Buffer.alloc(FOOTER);
  footer.writeUInt32LE(maskCrc(crc32c(data)));
  return { header, footer };
}

/**
 * The length of the data behind a frame's header.
 *
 * @param header At least the 12 bytes of the header.
 * @returns The length, or `undefined` where its checksum does not match.
 */
export function frameLength(header: Uint8Array): number | undefined {
  const view = new DataView(header.buffer, header.byteOffset, HEADER);
  if (maskCrc(crc32c(header.subarray(0, 8))) !== view.getUint32(8, true)) return undefined;
  return view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
}
