import { cosineBlocks } from "./cosine-blocks.ts";
import type { Embeddings } from "./embeddings.ts";
import { PADDING, type UnitRows, unitRows } from "./unit-rows.ts";

/**
 * Products of every row of `a` with every row of `b`, row-major, `[a's rows, b's rows]` float32, to be read before the next call. A
 * program with a fast engine gives its own, such as `tf.matMul(a, b, false, true)`.
 */
export type RowProducts = (a: Embeddings, b: Embeddings) => Float32Array | Promise<Float32Array>;

export interface NeighbourOptions {
  /** How many nearest ones of each embedding are kept (default 64). */
  readonly neighbours?: number;
  /** Squared distance, 0 to 4, that a neighbour must be nearer than (default 4: all). */
  readonly threshold?: number;
  /** Default: in plain JavaScript. */
  readonly products?: RowProducts;
  /** Told of how many of all comparisons are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** The nearest other embeddings of each, K a row. */
export interface Neighbours {
  readonly count: number;
  /** K, places a row. */
  readonly size: number;
  /** `[count, K]`: rows, nearest first, of equally near ones the first; −1 where there are no more. */
  readonly rows: Int32Array;
  /** `[count, K]`: their cosines. */
  readonly cosines: Float32Array;
}

/** Rows of a block; a multiple of `PADDING`. */
const BLOCK = 2048;

/**
 * The nearest neighbours of every embedding among all others, by comparing all of them: exact, in N²/2 comparisons.
 *
 * @throws {RangeError} When an embedding is not finite or all zero, or an option is out of range.
 */
export async function nearestNeighbours(
  embeddings: Embeddings,
  { neighbours = 64, threshold = 4, products = plainProducts, onProgress }: NeighbourOptions = {},
): Promise<Neighbours> {
  if (!(Number.isInteger(neighbours) && neighbours > 0 && threshold > 0 && threshold <= 4)) {
    const got = `${neighbours} and ${threshold}`;
    throw new RangeError(
      `Cannot find neighbours: expected one or more and a threshold above 0, to 4, got ${got}`,
    );
  }
  const units = unitRows(embeddings);
  const nearest = new Nearest(units.count, neighbours, 1 - threshold / 2);
  const total = (units.count * (units.count + 1)) / 2;
  let done = 0;
  for (let row0 = 0; row0 < units.count; row0 += BLOCK) {
    const rows = blockOf(units, row0);
    for (let column0 = row0; column0 < units.count; column0 += BLOCK) {
      const columns = blockOf(units, column0);
      nearest.take(await products(rows, columns), row0, column0);
      const [a, b] = [rows, columns].map(({ data, size }) => data.length / size);
      done += row0 === column0 ? (a * (a + 1)) / 2 : a * b;
      onProgress?.(done, total);
    }
  }
  return { count: units.count, size: neighbours, rows: nearest.rows, cosines: nearest.cosines };
}

/** The rows of a block, without those that fill up. */
function blockOf({ data, size, count }: UnitRows, from: number): Embeddings {
  return { data: data.subarray(from * size, Math.min(count, from + BLOCK) * size), size };
}

/** Lists of the nearest, sorted, that grow while blocks of products come in. */
class Nearest {
  readonly rows: Int32Array;
  readonly cosines: Float32Array;
  readonly #count: number;
  readonly #size: number;
  /** What a cosine has to exceed, a row. */
  readonly #least: Float32Array;

  constructor(count: number, size: number, least: number) {
    this.rows = new Int32Array(count * size).fill(-1);
    this.cosines = new Float32Array(count * size);
    this.#count = count;
    this.#size = size;
    this.#least = new Float32Array(count).fill(least);
  }

  /** A block above the diagonal stands for its mirror image too. */
  take(products: Float32Array, row0: number, column0: number): void {
    const [rowEnd, columnEnd] = [row0, column0].map((from) => Math.min(this.#count, from + BLOCK));
    const columns = columnEnd - column0;
    const least = this.#least;
    for (let row = row0; row < rowEnd; row++) {
      const at = (row - row0) * columns - column0;
      for (let column = Math.max(column0, row + 1); column < columnEnd; column++) {
        const cosine = products[at + column];
        if (cosine > least[row]) this.#insert(row, column, cosine);
        if (cosine > least[column]) this.#insert(column, row, cosine);
      }
    }
  }

  #insert(row: number, other: number, cosine: number): void {
    const { rows, cosines } = this;
    const [first, last] = [row * this.#size, (row + 1) * this.#size - 1];
    let place = last;
    while (place > first && (rows[place - 1] < 0 || cosines[place - 1] < cosine)) {
      rows[place] = rows[place - 1];
      cosines[place] = cosines[place - 1];
      place--;
    }
    rows[place] = other;
    cosines[place] = cosine;
    if (rows[last] >= 0) this.#least[row] = cosines[last];
  }
}

/** Products in plain JavaScript. */
export function plainProducts(a: Embeddings, b: Embeddings): Float32Array {
  const [x, y] = [a, b].map(({ data, size }) => padded(data, size));
  const products = new Float32Array(x.count * y.count);
  cosineBlocks(x, y, ({ row0, rows, column0, columns, cosines, stride }) => {
    for (let i = 0; i < rows; i++)
      products.set(cosines.subarray(i * stride, i * stride + columns), (row0 + i) * y.count + column0);
  });
  return products;
}

/** Rows with zeros behind them where their number asks for it, as `cosineBlocks` reads them. */
function padded(data: Float32Array, size: number): UnitRows {
  const count = data.length / size;
  if (count % PADDING === 0) return { data, size, count, rescaled: 0 };
  const filled = new Float32Array(Math.ceil(count / PADDING) * PADDING * size);
  filled.set(data);
  return { data: filled, size, count, rescaled: 0 };
}
