import { PADDING, type UnitRows } from "./unit-rows.ts";

/** Rows of `a` and of `b` in a block: a block of `b` with 512 values a row stays in the second-level cache. */
const ROWS = 64;
const COLUMNS = 128;

/** Cosines of `rows` rows of `a`, from `row0` on, with `columns` rows of `b`, from `column0` on. */
export interface CosineBlock {
  readonly row0: number;
  readonly rows: number;
  readonly column0: number;
  readonly columns: number;
  /** Row-major with `stride` values a row. The next block overwrites it. */
  readonly cosines: Float32Array;
  readonly stride: number;
}

/**
 * Cosines of every row of `a` with every row of `b`, in blocks, so that a hundred million of them need no memory.
 *
 * @param wanted Whether a block that begins at this row and ends before this column is needed (default every one).
 */
export function cosineBlocks(
  a: UnitRows,
  b: UnitRows,
  visit: (block: CosineBlock) => void,
  wanted: (row0: number, columnEnd: number) => boolean = () => true,
): void {
  const cosines = new Float32Array(ROWS * COLUMNS);
  for (let column0 = 0; column0 < b.count; column0 += COLUMNS) {
    const columns = Math.min(COLUMNS, b.count - column0);
    for (let row0 = 0; row0 < a.count; row0 += ROWS) {
      if (!wanted(row0, column0 + columns)) continue;
      const rows = Math.min(ROWS, a.count - row0);
      multiply(a, row0, roundUp(rows), b, column0, roundUp(columns), cosines);
      visit({ row0, rows, column0, columns, cosines, stride: COLUMNS });
    }
  }
}

const roundUp = (count: number) => Math.ceil(count / PADDING) * PADDING;

/**
 * Two rows by four columns at a time: as many sums as stay in registers, and each value read serves several.
 * Without destructuring, which the engines do not compile away here: it made this loop fifteen times slower.
 */
function multiply(
  { data: x, size }: UnitRows,
  row0: number,
  rows: number,
  { data: y }: UnitRows,
  column0: number,
  columns: number,
  out: Float32Array,
): void {
  for (let i = 0; i < rows; i += 2) {
    const x0 = (row0 + i) * size;
    const x1 = x0 + size;
    for (let j = 0; j < columns; j += 4) {
      const y0 = (column0 + j) * size;
      const y1 = y0 + size;
      const y2 = y1 + size;
      const y3 = y2 + size;
      let s00 = 0;
      let s01 = 0;
      let s02 = 0;
      let s03 = 0;
      let s10 = 0;
      let s11 = 0;
      let s12 = 0;
      let s13 = 0;
      for (let d = 0; d < size; d++) {
        const v = x[x0 + d];
        const w = x[x1 + d];
        const p = y[y0 + d];
        const q = y[y1 + d];
        const r = y[y2 + d];
        const s = y[y3 + d];
        s00 += v * p;
        s01 += v * q;
        s02 += v * r;
        s03 += v * s;
        s10 += w * p;
        s11 += w * q;
        s12 += w * r;
        s13 += w * s;
      }
      const at = i * COLUMNS + j;
      out[at] = s00;
      out[at + 1] = s01;
      out[at + 2] = s02;
      out[at + 3] = s03;
      out[at + COLUMNS] = s10;
      out[at + COLUMNS + 1] = s11;
      out[at + COLUMNS + 2] = s12;
      out[at + COLUMNS + 3] = s13;
    }
  }
}
