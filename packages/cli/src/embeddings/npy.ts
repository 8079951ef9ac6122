/** The bytes of a NumPy file (format 1.0) of little-endian float32 in row-major order. */
export function encodeNpy(data: Float32Array, shape: readonly number[]): Uint8Array {
  const fields = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(", ")}${shape.length === 1 ? "," : ""}), }`;
  // Magic string, version and length take ten bytes; the header ends in a newline at a multiple of 64.
  const length = Math.ceil((10 + fields.length + 1) / 64) * 64 - 10;
  const header = `${fields.padEnd(length - 1)}\n`;
  const bytes = Buffer.alloc(10 + length + data.byteLength);
  bytes.write("\x93NUMPY\x01\x00", "latin1");
  bytes.writeUInt16LE(length, 8);
  bytes.write(header, 10, "latin1");
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + length);
  return bytes;
}
