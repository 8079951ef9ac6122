import type { Neighbours } from "../distances/nearest-neighbours.ts";
import { numbered } from "./numbered.ts";

/**
 * Groups by mutual nearest neighbours: two embeddings are joined where each is among the other's neighbours, and a cluster is
 * what hangs together. A photo that many others are near to, such as a blurred one, is joined to those alone that are near to it as
 * well.
 *
 * @returns The number of each embedding's cluster, from 0 in the order of their first members.
 */
export function mutualComponents({ count, size, rows }: Neighbours): Int32Array {
  const parents = Int32Array.from({ length: count }, (_, row) => row);
  const rootOf = (row: number): number => {
    let root = row;
    while (parents[root] !== root) root = parents[root] = parents[parents[root]];
    return root;
  };
  for (let row = 0; row < count; row++) {
    for (let at = row * size; at < (row + 1) * size && rows[at] >= 0; at++) {
      const other = rows[at];
      if (other < row || !has(rows, other * size, size, row)) continue;
      const [a, b] = [rootOf(row), rootOf(other)];
      if (a !== b) parents[Math.max(a, b)] = Math.min(a, b);
    }
  }
  return numbered(parents.map((_, row) => rootOf(row)));
}

function has(rows: Int32Array, from: number, size: number, wanted: number): boolean {
  for (let at = from; at < from + size && rows[at] >= 0; at++) if (rows[at] === wanted) return true;
  return false;
}
