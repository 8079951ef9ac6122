/** AM-Softmax in float64 and plain loops, written apart from the tensor code that it checks. */

export type Matrix = number[][];

export interface AmSoftmaxCase {
  embeddings: Matrix;
  head: Matrix;
  labels: number[];
  margin: number;
  scale: number;
}

export function referenceLogits({ embeddings, head, labels, margin, scale }: AmSoftmaxCase): Matrix {
  const columns = head[0].map((_, n) => head.map((row) => row[n]));
  return embeddings.map((embedding, b) =>
    columns.map((column, n) => {
      const dot = embedding.reduce((total, value, d) => total + value * column[d], 0);
      const cosine = Math.min(1, Math.max(-1, dot / (Math.hypot(...embedding) * Math.hypot(...column))));
      return scale * (cosine - (labels[b] === n ? margin : 0));
    }),
  );
}

export function referenceLoss(given: AmSoftmaxCase): number {
  const losses = referenceLogits(given).map((row, b) => {
    const top = Math.max(...row);
    return top + Math.log(row.reduce((total, z) => total + Math.exp(z - top), 0)) - row[given.labels[b]];
  });
  return losses.reduce((total, loss) => total + loss, 0) / losses.length;
}

/** Central differences of the reference loss by every element of `of`. */
export function referenceGradient(given: AmSoftmaxCase, of: "embeddings" | "head", step = 1e-6): Matrix {
  const shifted = (i: number, j: number, by: number) =>
    referenceLoss({
      ...given,
      [of]: given[of].map((row, r) => row.map((x, c) => (r === i && c === j ? x + by : x))),
    });
  return given[of].map((row, i) =>
    row.map((_, j) => (shifted(i, j, step) - shifted(i, j, -step)) / (2 * step)),
  );
}

/** `[rows, columns]` of numbers in -1..1, the same for the same seed. */
export function seededMatrix(rows: number, columns: number, seed: number): Matrix {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32) * 2 - 1;
  };
  return Array.from({ length: rows }, () => Array.from({ length: columns }, next));
}

/** The largest |a - b| over all elements. */
export function largestDifference(a: readonly number[] | Matrix, b: readonly number[] | Matrix): number {
  const [x, y] = [a.flat(), b.flat()];
  if (x.length !== y.length) throw new Error(`Cannot compare ${x.length} with ${y.length} numbers`);
  return x.reduce((worst, value, i) => Math.max(worst, Math.abs(value - y[i])), 0);
}
