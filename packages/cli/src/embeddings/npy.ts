/** The bytes of a NumPy file (format 1.0) of little-endian float32 in row-major order. */
export function encodeNpy(data: Float32Array, shape: readonly number[]): Uint8Array {
  const dims = `${shape.join(", ")}${shape.length === 1 ? "," : ""}`;
  return encode("<f4", dims, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

/** The same of texts, as NumPy holds an array of `str`: as many 32-bit characters each as the longest has. */
export function encodeNpyTexts(texts: readonly string[]): Uint8Array {
  const codes = texts.map((text) => Array.from(text, (char) => char.codePointAt(0) as number));
  const length = codes.reduce((most, text) => Math.max(most, text.length), 1);
  const values = new Uint32Array(length * texts.length);
  for (const [i, text] of codes.entries()) values.set(text, i * length);
  return encode(`<U${length}`, `${texts.length},`, new Uint8Array(values.buffer));
}

function encode(type: string, dims: string, content: Uint8Array): Uint8Array {
  const fields = `{'descr': '${type}', 'fortran_order': False, 'shape': (${dims}), }`;
  // Magic string, version and length take ten bytes; the header ends in a newline at a multiple of 64.
  const length = Math.ceil((10 + fields.length + 1) / 64) * 64 - 10;
  const header = `${fields.padEnd(length - 1)}\n`;
  const bytes = Buffer.alloc(10 + length + content.length);
  bytes.write("\x93NUMPY\x01\x00", "latin1");
  bytes.writeUInt16LE(length, 8);
  bytes.write(header, 10, "latin1");
  bytes.set(content, 10 + length);
  return bytes;
}
