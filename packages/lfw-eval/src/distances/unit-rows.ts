import { countEmbeddings, type Embeddings } from "./embeddings.ts";

/** How far a length may be from 1 before an embedding counts as not normalised. */
const UNIT_TOLERANCE = 1e-3;

/** Embeddings of length 1. */
export interface UnitRows {
  /** Row-major; rows of zeros at the end fill up a multiple of `PADDING`. */
  readonly data: Float32Array;
  readonly size: number;
  /** Number of embeddings, the rows of zeros not counted. */
  readonly count: number;
  /** How many of them had another length before. */
  readonly rescaled: number;
}

/** Rows are filled up to a multiple of this, so that `cosineBlocks` needs no case for the last ones. */
export const PADDING = 4;

/**
 * L2-normalises embeddings, all or those of some rows.
 *
 * @param rows Row numbers, from 0 (default all).
 * @throws {RangeError} When `data` does not consist of whole embeddings, or one is not finite or all zero: all
 *   such rows are named, up to five.
 */
export function unitRows(embeddings: Embeddings, rows?: ArrayLike<number>): UnitRows {
  const { data, size } = embeddings;
  const all = lengths(embeddings);
  const count = rows?.length ?? all.length;
  const result = new Float32Array(Math.ceil(count / PADDING) * PADDING * size);
  let rescaled = 0;
  for (let i = 0; i < count; i++) {
    const row = rows?.[i] ?? i;
    const length = all[row];
    if (length === undefined) {
      throw new RangeError(`Cannot read embeddings: expected rows below ${all.length}, got ${row}`);
    }
    if (Math.abs(length - 1) > UNIT_TOLERANCE) rescaled++;
    for (let d = 0; d < size; d++) result[i * size + d] = data[row * size + d] / length;
  }
  return { data: result, size, count, rescaled };
}

/**
 * Euclidean length of each embedding.
 *
 * @throws {RangeError} As `unitRows` does.
 */
export function lengths(embeddings: Embeddings): Float64Array {
  const { data, size } = embeddings;
  const result = new Float64Array(countEmbeddings(embeddings));
  const broken: number[] = [];
  for (let row = 0; row < result.length; row++) {
    let sum = 0;
    for (let i = row * size; i < (row + 1) * size; i++) sum += data[i] * data[i];
    if (!(sum > 0 && sum < Infinity)) broken.push(row);
    result[row] = Math.sqrt(sum);
  }
  if (broken.length > 0) {
    const named = broken.slice(0, 5).join(", ");
    const more = broken.length > 5 ? ` and ${broken.length - 5} more` : "";
    const got = broken.every((row) => result[row] === 0) ? "zeros" : "NaN or an infinity";
    throw new RangeError(
      `Cannot compare embedding${broken.length > 1 ? "s" : ""} ${named}${more}: expected finite values, not all zero, got ${got}`,
    );
  }
  return result;
}

/** How many embeddings are not of length 1; they are normalised wherever they are compared. */
export function countUnnormalised(embeddings: Embeddings): number {
  return lengths(embeddings).filter((length) => Math.abs(length - 1) > UNIT_TOLERANCE).length;
}
