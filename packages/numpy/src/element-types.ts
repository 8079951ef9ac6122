import { halfToNumber, LARGEST_HALF, numberToHalf } from "./float16.ts";

/** How files of tensors store elements, and how they become float32. */
interface ElementType {
  /** Of one element. */
  readonly bytes: number;
  read(view: DataView, at: number): number;
}

/** The types that PyTorch state dicts have, by their names in safetensors: weights of any precision, counters and masks. */
export const ELEMENT_TYPES: Readonly<Record<string, ElementType>> = {
  F32: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  F64: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
  F16: { bytes: 2, read: (view, at) => halves()[view.getUint16(at, true)] },
  BF16: { bytes: 2, read: (view, at) => bfloatToNumber(view.getUint16(at, true)) },
  I64: { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  I32: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  I16: { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  I8: { bytes: 1, read: (view, at) => view.getInt8(at) },
  U8: { bytes: 1, read: (view, at) => view.getUint8(at) },
  BOOL: { bytes: 1, read: (view, at) => view.getUint8(at) },
};

let table: Float32Array | undefined;

/** All float16, made when first asked for: a file is read in half the time that computing each would take. */
function halves(): Float32Array {
  table ??= Float32Array.from({ length: 2 ** 16 }, (_, bits) => halfToNumber(bits));
  return table;
}

/** The elements as float32; `bytes` hold a whole number of them. */
export function toFloat32(type: string, bytes: Uint8Array): Float32Array {
  if (type === "F32") return new Float32Array(new Uint8Array(bytes).buffer);
  const { bytes: size, read } = ELEMENT_TYPES[type];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const values = new Float32Array(bytes.length / size);
  for (let i = 0; i < values.length; i++) values[i] = read(view, i * size);
  return values;
}

/**
 * The elements as the bytes of float32, which are not copied, or of float16, rounded to the nearest, ties to even.
 *
 * @throws {RangeError} Where a finite value rounds to more than float16 holds.
 */
export function fromFloat32(type: "F32" | "F16", data: Float32Array): Uint8Array {
  if (type === "F32") return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const bytes = new Uint8Array(2 * data.length);
  const view = new DataView(bytes.buffer);
  data.forEach((value, i) => {
    const bits = numberToHalf(value);
    if ((bits & 0x7fff) === 0x7c00 && Number.isFinite(value)) {
      throw new RangeError(`expected values of at most ${LARGEST_HALF} for float16, got ${value}`);
    }
    view.setUint16(2 * i, bits, true);
  });
  return bytes;
}

const BITS = new Uint32Array(1);
const FLOAT = new Float32Array(BITS.buffer);

/** The upper half of a float32. */
function bfloatToNumber(bits: number): number {
  BITS[0] = bits << 16;
  return FLOAT[0];
}
