import type { Emitter } from "../lazy/kernel.ts";

/** Numbers below which one thread is as fast. */
const SMALL = 2 ** 15;

/**
 * A tensor of `shape` transposed by way of the processor's own layout for convolutions: ONNX Runtime's Transpose works on one
 * thread, and number by number.
 *
 * @returns A name of the result in any shape; `undefined` where `perm` does not transpose large matrices of whole blocks.
 */
export function transposeMatrices(
  cx: Emitter,
  name: string,
  shape: readonly number[],
  perm: readonly number[],
): string | undefined {
  const { graph, blockSize } = cx;
  const matrices = blockSize > 0 ? asMatrices(shape, perm) : undefined;
  if (!matrices) return undefined;
  const { count, rows, columns } = matrices;
  if (count * rows * columns < SMALL || Math.min(rows, columns) < blockSize) return undefined;
  const byColumns = columns % blockSize === 0;
  if (!byColumns && rows % blockSize > 0) return undefined;
  const images = cx.reshape(name, byColumns ? [count, rows, 1, columns] : [count, rows, columns, 1]);
  return cx.once(`transposed ${images}`, () => {
    const [channels, before] = byColumns ? [columns, 1] : [rows, 0];
    const blocks = graph.node("com.microsoft.nchwc.ReorderInput", [images], { channels_last: before });
    const attributes = { channels, channels_last: 1 - before };
    return graph.node("com.microsoft.nchwc.ReorderOutput", [blocks], attributes);
  });
}

/** A transposition of matrices: `[count, rows, columns]` to `[count, columns, rows]`. */
interface Matrices {
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
}

/** What `perm` does to a tensor of `shape`, where that is to transpose matrices. */
export function asMatrices(shape: readonly number[], perm: readonly number[]): Matrices | undefined {
  const axes = perm.filter((axis) => shape[axis] > 1);
  const inOrder = axes.toSorted((a, b) => a - b);
  const first = axes.findIndex((axis, i) => axis !== inOrder[i]);
  if (first < 0) return undefined;
  const [count, moved] = [axes.slice(0, first), axes.slice(first)];
  const turn = moved.indexOf(inOrder[first]);
  const [columns, rows] = [moved.slice(0, turn), moved.slice(turn)];
  if (`${[...count, ...rows, ...columns]}` !== `${inOrder}`) return undefined;
  const sizeOf = (some: readonly number[]) => some.reduce((product, axis) => product * shape[axis], 1);
  return { count: sizeOf(count), rows: sizeOf(rows), columns: sizeOf(columns) };
}
