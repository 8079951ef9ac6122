/** Rows of equal length, row-major: `data.length / size` of them. */
export interface Rows {
  readonly data: Float32Array;
  readonly size: number;
}

/**
 * Products of every row of `a` with every row of `b`, row-major, `[a's rows, b's rows]` float32, to be read before the next call. A
 * program with a fast engine gives its own, such as `tf.matMul(a, b, false, true)`.
 */
export type RowProducts = (a: Rows, b: Rows) => Float32Array | Promise<Float32Array>;

/** Rows of a block of products: 4 million values. */
const BLOCK = 2048;

/** Products in plain JavaScript. */
export const plainProducts: RowProducts = (a, b) => {
  const { size } = a;
  const [rows, columns] = [a.data.length / size, b.data.length / size];
  const products = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += a.data[row * size + i] * b.data[column * size + i];
      products[row * columns + column] = sum;
    }
  }
  return products;
};

/**
 * Visits the products of all rows of `a` with all of `b`, in blocks.
 *
 * @param visit Gets one row of products at a time: `values[i]` is that of `row` and `column0 + i`.
 */
export async function eachProduct(
  a: Rows,
  b: Rows,
  products: RowProducts,
  visit: (row: number, column0: number, values: Float32Array) => void,
): Promise<void> {
  const block = ({ data, size }: Rows, from: number): Rows => ({
    data: data.subarray(from * size, (from + BLOCK) * size),
    size,
  });
  const [rows, columns] = [a, b].map(({ data, size }) => data.length / size);
  for (let row0 = 0; row0 < rows; row0 += BLOCK) {
    for (let column0 = 0; column0 < columns; column0 += BLOCK) {
      const values = await products(block(a, row0), block(b, column0));
      const width = Math.min(BLOCK, columns - column0);
      for (let i = 0; i < Math.min(BLOCK, rows - row0); i++)
        visit(row0 + i, column0, values.subarray(i * width, (i + 1) * width));
    }
  }
}
