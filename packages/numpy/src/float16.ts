/** The largest finite float16. */
export const LARGEST_HALF = 65504;

/** The number that IEEE 754 binary16 bits stand for: one bit of sign, five of exponent, ten of fraction. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

/** The bits of the nearest binary16, of two as near the even one; what rounds beyond `LARGEST_HALF` becomes infinity. */
export function numberToHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= LARGEST_HALF + 16) return sign | 0x7c00; // half a step above: a tie, and the even neighbour is infinity
  let exponent = -14; // also of the subnormals, whose step is that of the smallest normal numbers
  while (size >= 2 ** (exponent + 1)) exponent++;
  const steps = size * 2 ** (10 - exponent) + 2 ** 52 - 2 ** 52; // float64 has no fractions there, and rounds ties to even
  return sign | (((exponent + 14) << 10) + steps); // the 1024 steps of a normal number's leading one carry into the exponent
}
