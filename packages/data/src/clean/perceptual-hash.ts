import { checkRgbImage, type RgbImage } from "@amface/images";
import { cosDegrees } from "../numbers/turn.ts";

/** 64 bits as two unsigned 32-bit halves. */
export type PerceptualHash = readonly [number, number];

/** The picture is reduced to this many pixels each way. */
const SIDE = 32;
/** Frequencies kept each way. */
const FREQUENCIES = 8;

/** `COSINES[k][x]` is the k-th basis function of the discrete cosine transform (DCT-II) over `SIDE` samples. */
const COSINES = Array.from({ length: FREQUENCIES + 1 }, (_, k) =>
  Float64Array.from({ length: SIDE }, (_, x) => cosDegrees((180 / SIDE) * (x + 0.5) * k)),
);

/**
 * A picture's perceptual hash (pHash, Zauner 2010): its luma at 32×32 pixels, of whose discrete cosine transform
 * the lowest 8×8 coefficients count, each as one bit that tells whether it is above their median. The mean
 * brightness, which any edit changes, is left out and the next coefficient takes its place. Re-encoding or resizing
 * a photo changes a few bits; two photos have about half of them in common.
 *
 * @throws {TypeError} When the pixels are no bytes.
 * @throws {RangeError} When they do not fit the image's sizes.
 */
export function perceptualHash(image: RgbImage): PerceptualHash {
  checkRgbImage(image, "hash a picture");
  const luma = reduce(image);
  const rows = new Float64Array(SIDE * FREQUENCIES);
  for (let y = 0; y < SIDE; y++) {
    for (let k = 0; k < FREQUENCIES; k++) rows[k * SIDE + y] = dot(luma, y * SIDE, COSINES[k]);
  }
  const coefficients: number[] = [];
  for (let v = 0; v <= FREQUENCIES; v++) {
    for (let u = 0; u < (v === FREQUENCIES ? 1 : FREQUENCIES); u++) {
      if (u + v > 0) coefficients.push(dot(rows, u * SIDE, COSINES[v]));
    }
  }
  const sorted = coefficients.toSorted((a, b) => a - b);
  const median = (sorted[31] + sorted[32]) / 2;
  const half = (from: number) =>
    coefficients.slice(from, from + 32).reduce((bits, value) => (bits << 1) | (value > median ? 1 : 0), 0) >>>
    0;
  return [half(0), half(32)];
}

/** In how many of their 64 bits two hashes differ. */
export function hashDistance(a: PerceptualHash, b: PerceptualHash): number {
  return bitCount(a[0] ^ b[0]) + bitCount(a[1] ^ b[1]);
}

function bitCount(bits: number): number {
  let n = bits - ((bits >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return (((n + (n >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

function dot(values: Float64Array, from: number, basis: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < SIDE; i++) sum += values[from + i] * basis[i];
  return sum;
}

/** The mean luma of each of 32×32 equal parts of a picture; a pixel on a border counts on both sides by its share. */
function reduce({ data, width, height }: RgbImage): Float64Array {
  const columns = partsOf(width);
  const rows = partsOf(height);
  const narrow = new Float64Array(height * SIDE);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < SIDE; x++) {
      const { first, weights } = columns[x];
      let sum = 0;
      for (let i = 0; i < weights.length; i++) {
        const p = (y * width + first + i) * 3;
        sum += weights[i] * (0.299 * data[p] + 0.587 * data[p + 1] + 0.114 * data[p + 2]);
      }
      narrow[y * SIDE + x] = sum;
    }
  }
  const out = new Float64Array(SIDE * SIDE);
  rows.forEach(({ first, weights }, y) => {
    for (let i = 0; i < weights.length; i++) {
      for (let x = 0; x < SIDE; x++) out[y * SIDE + x] += weights[i] * narrow[(first + i) * SIDE + x];
    }
  });
  return out;
}

/** For each of `SIDE` equal parts of `n` pixels, the pixels that it covers and their shares of it. */
function partsOf(n: number): { first: number; weights: number[] }[] {
  return Array.from({ length: SIDE }, (_, part) => {
    const from = (part * n) / SIDE;
    const to = ((part + 1) * n) / SIDE;
    const first = Math.floor(from);
    const last = Math.max(first + 1, Math.ceil(to));
    const weights = [];
    for (let i = first; i < last; i++) weights.push((Math.min(i + 1, to) - Math.max(i, from)) / (to - from));
    return { first, weights };
  });
}
