const BYTES_OF_SCALE = 4;

/** Bytes of a vector of so many values. */
export const halfBytes = (length: number): number => BYTES_OF_SCALE + 2 * length;

/**
 * A float32 vector in half the bytes: a power of two, and the values divided by it in float16, rounded to the nearest.
 * It brings the largest to between 2¹⁴ and 2¹⁵, so that none overflows, and those of up to 2²⁸ times less size keep all
 * bits of a float16. What is not finite stays so.
 */
export function encodeHalf(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(halfBytes(values.length));
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]));
  const scale = largest > 0 && Number.isFinite(largest) ? 2 ** (Math.floor(Math.log2(largest)) - 14) : 1;
  new DataView(bytes.buffer).setFloat32(0, scale);
  const halves = new Uint16Array(bytes.buffer, BYTES_OF_SCALE);
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  for (let i = 0; i < values.length; i++) {
    float[0] = values[i] / scale;
    const size = bits[0] & 0x7fffffff;
    halves[i] = ((bits[0] >>> 16) & 0x8000) | halfOf(size, Math.abs(float[0]));
  }
  return bytes;
}

/** @param size A float32 without its sign as bits; `value` is the same as a number. */
function halfOf(size: number, value: number): number {
  if (size >= 0x7f800000) return size > 0x7f800000 ? 0x7e00 : 0x7c00;
  // Below 2⁻¹⁴ a float16 has steps of 2⁻²⁴; float64 has no fractions at 2⁵², and rounds ties to even.
  if (size < 0x38800000) return value * 2 ** 24 + 2 ** 52 - 2 ** 52;
  return (size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13; // of exponents 127 and 15; ties to even
}

let numbers: Float32Array | undefined;

/** The numbers that the 65,536 patterns of a float16 stand for. */
function halfNumbers(): Float32Array {
  numbers ??= Float32Array.from({ length: 2 ** 16 }, (_, bits) => {
    const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
    if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
  });
  return numbers;
}

/** The vector that `encodeHalf` wrote, as far as float16 tells it. */
export function decodeHalf(bytes: Uint8Array): Float32Array {
  const table = halfNumbers();
  const scale = new DataView(bytes.buffer, bytes.byteOffset).getFloat32(0);
  const halves = new Uint16Array(
    bytes.buffer,
    bytes.byteOffset + BYTES_OF_SCALE,
    (bytes.length - BYTES_OF_SCALE) / 2,
  );
  const values = new Float32Array(halves.length);
  for (let i = 0; i < values.length; i++) values[i] = table[halves[i]] * scale;
  return values;
}
