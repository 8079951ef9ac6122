/** Embeddings of several images, one after the other. */
export interface Embeddings {
  /** Row-major, `count * size` values. */
  readonly data: Float32Array;
  /** D, the length of one embedding. */
  readonly size: number;
}

/**
 * How the embedding of a mirrored crop joins that of the crop: side by side (what published LFW figures
 * use), added, or not at all.
 */
export type Flip = "concat" | "sum" | "none";

/** @throws {RangeError} When `data` does not consist of whole embeddings. */
export function countEmbeddings({ data, size }: Embeddings): number {
  if (!(Number.isInteger(size) && size > 0) || data.length % size !== 0) {
    throw new RangeError(`Cannot read embeddings: expected a multiple of ${size} values, got ${data.length}`);
  }
  return data.length / size;
}

/**
 * Joins embeddings of crops with those of the mirrored crops, row by row: `[B, 2D]` for `concat`, `[B, D]`
 * for `sum`. Neither side is normalised before it is joined; `squaredDistances` normalises the whole.
 *
 * @throws {RangeError} When the two differ in count or size.
 */
export function joinFlipped(plain: Embeddings, mirrored: Embeddings, flip: "concat" | "sum"): Embeddings {
  const [rows, others] = [countEmbeddings(plain), countEmbeddings(mirrored)];
  if (rows !== others || plain.size !== mirrored.size) {
    const got = `${rows} of ${plain.size} and ${others} of ${mirrored.size}`;
    throw new RangeError(
      `Cannot join embeddings of mirrored crops: expected as many of one size, got ${got}`,
    );
  }
  const { size } = plain;
  if (flip === "sum") return { data: plain.data.map((value, i) => value + mirrored.data[i]), size };
  const data = new Float32Array(rows * 2 * size);
  for (let row = 0; row < rows; row++) {
    data.set(plain.data.subarray(row * size, (row + 1) * size), row * 2 * size);
    data.set(mirrored.data.subarray(row * size, (row + 1) * size), (row * 2 + 1) * size);
  }
  return { data, size: 2 * size };
}
