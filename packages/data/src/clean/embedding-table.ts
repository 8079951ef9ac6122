import { identityOf } from "../source/photo-name.ts";

/** Embeddings of photos, as `amface embed` writes them: a row a photo. */
export interface EmbeddingTable {
  /** `identity/photo`, relative to the data set's folder, with `/` between the parts. */
  readonly paths: readonly string[];
  /** Row-major, `paths.length * size` values; need not be normalised. */
  readonly data: Float32Array;
  /** D, the length of one embedding. */
  readonly size: number;
}

/** The places of each identity's rows, in the order in which identities first occur. */
export function rowsByIdentity(paths: readonly string[]): Map<string, number[]> {
  const rows = new Map<string, number[]>();
  paths.forEach((path, row) => {
    const identity = identityOf(path);
    const own = rows.get(identity);
    if (own) own.push(row);
    else rows.set(identity, [row]);
  });
  return rows;
}

/**
 * The embeddings scaled to length 1.
 *
 * @throws {RangeError} When the table has another number of values than its paths need, or an embedding is not
 *   finite or zero, which has no direction.
 */
export function unitEmbeddings({ paths, data, size }: EmbeddingTable): Float32Array {
  if (!(Number.isInteger(size) && size > 0) || data.length !== paths.length * size) {
    throw new RangeError(
      `Cannot use the embeddings: expected ${paths.length} rows of ${size} values, got ${data.length} values`,
    );
  }
  const units = new Float32Array(data.length);
  for (let row = 0; row < paths.length; row++) {
    let sum = 0;
    for (let i = row * size; i < (row + 1) * size; i++) sum += data[i] * data[i];
    if (!(sum > 0 && sum < Infinity)) {
      throw new RangeError(
        `Cannot use the embedding of ${paths[row]}: expected finite values, not all zero, got ` +
          `${Number.isFinite(sum) ? "zeros" : "NaN or an infinity"}`,
      );
    }
    const norm = Math.sqrt(sum);
    for (let i = row * size; i < (row + 1) * size; i++) units[i] = data[i] / norm;
  }
  return units;
}

/** The mean of some rows of normalised embeddings: an identity's centre, `[D]`. Its length tells how alike they are. */
export function centreOf(units: Float32Array, size: number, rows: readonly number[]): Float64Array {
  const centre = new Float64Array(size);
  for (const row of rows) for (let i = 0; i < size; i++) centre[i] += units[row * size + i];
  for (let i = 0; i < size; i++) centre[i] /= rows.length;
  return centre;
}
