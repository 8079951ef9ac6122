/** A matrix by its rows. */
export type Matrix = readonly (readonly number[])[];

/**
 * A convolution along one axis as `y = output · ((filter · g) ∘ (input · x))`, where ∘ multiplies element by
 * element. The transformed axis has `tiles · points` elements, the tile outermost. The adjoints of the three
 * matrices give the convolution's gradients in the same form.
 */
export interface WinogradAxis {
  /** `[tiles · points, size of x]`, zero padding included. */
  readonly input: Matrix;
  /** `[points, size of g]`. */
  readonly filter: Matrix;
  /** `[size of y, tiles · points]`, without what the last tile has too much. */
  readonly output: Matrix;
  readonly tiles: number;
  readonly points: number;
}

/** One axis of a convolution: `y[i] = Σₖ g[k] · x[stride · i + k − padding]`. */
export interface ConvAxis {
  readonly inSize: number;
  readonly outSize: number;
  readonly filterSize: number;
  readonly stride: number;
  readonly padding: number;
}

/** Tiles and points of `winogradAxis`. */
export function winogradSize({ outSize, filterSize, stride }: ConvAxis, tile: number) {
  // Every part of a stride has its taps less one points more than outputs.
  const points = Math.min(stride, filterSize) * (tile - 1) + filterSize;
  return { tiles: Math.ceil(outSize / tile), points };
}

/**
 * The minimal filtering of Winograd (arXiv:1509.09308) for tiles of `tile` outputs. Strides are taken apart:
 * every stride-th tap meets every stride-th element, which is a convolution of stride 1 by itself, and
 * the parts' points lie beside each other.
 */
export function winogradAxis(axis: ConvAxis, tile: number): WinogradAxis {
  const parts = Array.from({ length: Math.min(axis.stride, axis.filterSize) }, (_, phase) => ({
    phase,
    ...minimalFilter(tile, Math.ceil((axis.filterSize - phase) / axis.stride)),
  }));
  const points = parts.reduce((sum, part) => sum + part.data.length, 0);
  const tiles = Math.ceil(axis.outSize / tile);
  const input = zeros(tiles * points, axis.inSize);
  const filter = zeros(points, axis.filterSize);
  const output = zeros(axis.outSize, tiles * points);
  let first = 0;
  for (const part of parts) {
    part.filter.forEach((row, point) => {
      row.forEach((value, tap) => {
        filter[first + point][part.phase + tap * axis.stride] = value;
      });
    });
    for (let t = 0; t < tiles; t++) {
      part.data.forEach((row, point) => {
        row.forEach((value, k) => {
          const x = axis.stride * (t * tile + k) + part.phase - axis.padding;
          if (x >= 0 && x < axis.inSize) input[t * points + first + point][x] = value;
        });
        for (let k = 0; k < tile && t * tile + k < axis.outSize; k++)
          output[t * tile + k][t * points + first + point] = part.result[k][point];
      });
    }
    first += part.data.length;
  }
  return { input, filter, output, tiles, points };
}

/** Where the polynomials are evaluated, besides infinity: small numbers lose the least to rounding. */
const POINTS = [0, 1, -1, 0.5, -2, 2, -0.5];

/**
 * `outputs` values of a correlation with `taps` taps from `outputs + taps − 1` products: `result · ((filter · g) ∘
 * (data · x))`. It is the transpose of multiplying two polynomials by their values at as many points (Toom and
 * Cook): with V_k the values of the first k powers, `filter = V_taps`, `result = V_outputsᵀ`, `data = V⁻ᵀ`.
 */
function minimalFilter(outputs: number, taps: number) {
  const count = outputs + taps - 1;
  if (count - 1 > POINTS.length)
    throw new RangeError(`Cannot filter ${outputs} outputs at once: too many points`);
  if (taps === 1)
    return { data: identity(outputs), filter: identity(outputs).map(() => [1]), result: identity(outputs) };
  const powers = (k: number) =>
    Array.from({ length: count }, (_, i) =>
      Array.from({ length: k }, (_, j) => (i === count - 1 ? Number(j === k - 1) : POINTS[i] ** j)),
    );
  const data = transposed(inverse(powers(count)));
  const filter = powers(taps);
  // Powers of two between the factors keep both near 1, and change no digit.
  data.forEach((row, i) => {
    const scale = 2 ** Math.round(Math.log2(Math.max(...row.map(Math.abs))));
    data[i] = row.map((value) => value / scale);
    filter[i] = filter[i].map((value) => value * scale);
  });
  return { data, filter, result: transposed(powers(outputs)) };
}

const zeros = (rows: number, columns: number) =>
  Array.from({ length: rows }, () => new Array<number>(columns).fill(0));

const identity = (size: number) => zeros(size, size).map((row, i) => row.with(i, 1));

export function transposed(matrix: Matrix): number[][] {
  return matrix[0].map((_, column) => matrix.map((row) => row[column]));
}

/** Kronecker product: rows and columns of `a` are the outer ones. */
export function kronecker(a: Matrix, b: Matrix): number[][] {
  return a.flatMap((rowA) => b.map((rowB) => rowA.flatMap((x) => rowB.map((y) => x * y))));
}

/** By Gauss and Jordan, with the largest pivot of each column. */
function inverse(matrix: Matrix): number[][] {
  const size = matrix.length;
  const unit = identity(size);
  const rows = matrix.map((row, i) => [...row, ...unit[i]]);
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let r = column; r < size; r++)
      if (Math.abs(rows[r][column]) > Math.abs(rows[pivot][column])) pivot = r;
    [rows[column], rows[pivot]] = [rows[pivot], rows[column]];
    const divisor = rows[column][column];
    rows[column] = rows[column].map((value) => value / divisor);
    rows.forEach((row, r) => {
      if (r !== column) rows[r] = row.map((value, i) => value - row[column] * rows[column][i]);
    });
  }
  return rows.map((row) => row.slice(size));
}
