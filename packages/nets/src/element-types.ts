/** How a safetensors file stores elements, and how they become float32. */
interface ElementType {
  /** Of one element. */
  readonly bytes: number;
  read(view: DataView, at: number): number;
}

/** The types that PyTorch state dicts have: weights of full or half precision, and counters. */
export const ELEMENT_TYPES: Readonly<Record<string, ElementType>> = {
  F32: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  F64: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
  F16: { bytes: 2, read: (view, at) => halfToNumber(view.getUint16(at, true)) },
  BF16: { bytes: 2, read: (view, at) => bfloatToNumber(view.getUint16(at, true)) },
  I64: { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  I32: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
};

/** The elements as float32; `bytes` hold a whole number of them. */
export function toFloat32(type: string, bytes: Uint8Array): Float32Array {
  if (type === "F32") return new Float32Array(new Uint8Array(bytes).buffer);
  const { bytes: size, read } = ELEMENT_TYPES[type];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Float32Array.from({ length: bytes.length / size }, (_, i) => read(view, i * size));
}

/** IEEE 754 binary16: one bit of sign, five of exponent, ten of fraction. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

/** The upper half of a float32. */
function bfloatToNumber(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint16(0, bits);
  return view.getFloat32(0);
}
