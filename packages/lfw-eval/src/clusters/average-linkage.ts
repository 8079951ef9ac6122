import type { Embeddings } from "../distances/embeddings.ts";
import type { Neighbours } from "../distances/nearest-neighbours.ts";
import { unitRows } from "../distances/unit-rows.ts";
import { MergeQueue } from "./merge-queue.ts";
import { numbered } from "./numbered.ts";

/**
 * Average linkage (UPGMA; Sokal and Michener, 1958): every embedding begins as a cluster of its own, and the two clusters whose
 * photos have the highest mean cosine are joined, again and again, while their mean squared distance is below the threshold. Clusters so
 * near have a pair of photos that is at least as near: given all neighbours nearer than the threshold this is exact.
 *
 * @param embeddings `[count, D]`, those that the neighbours are of.
 * @param threshold Squared distance, 0 to 4.
 * @returns The number of each embedding's cluster, from 0 in the order of their first members.
 */
export function averageLinkage(
  embeddings: Embeddings,
  neighbours: Neighbours,
  threshold: number,
): Int32Array {
  const { count, size, rows, cosines } = neighbours;
  const { data: units, size: dims } = unitRows(embeddings);
  // The mean cosine of two clusters is the product of their sums over that of their sizes.
  const sums = new Float32Array(units);
  const sizes = new Float64Array(count).fill(1);
  const parents = Int32Array.from({ length: count }, (_, row) => row);
  const near = Array.from({ length: count }, () => new Map<number, number>());
  const queue = new MergeQueue();
  const least = 1 - threshold / 2;
  const propose = (a: number, b: number, cosine: number) => {
    near[a].set(b, cosine);
    near[b].set(a, cosine);
    if (cosine > least) queue.push(Math.min(a, b), Math.max(a, b), cosine);
  };
  for (let row = 0; row < count; row++)
    for (let at = row * size; at < (row + 1) * size && rows[at] >= 0; at++)
      if (!near[row].has(rows[at])) propose(row, rows[at], cosines[at]);
  const meanCosine = (a: number, b: number) => {
    let product = 0;
    for (let d = 0, i = a * dims, j = b * dims; d < dims; d++) product += sums[i + d] * sums[j + d];
    return product / (sizes[a] * sizes[b]);
  };
  for (let pair = queue.pop(); pair !== undefined; pair = queue.pop()) {
    const [a, b] = [pair.a, pair.b];
    // Proposals of clusters that have changed since were replaced by others.
    if (near[a].get(b) !== pair.cosine) continue;
    for (let d = 0; d < dims; d++) sums[a * dims + d] += sums[b * dims + d];
    sizes[a] += sizes[b];
    parents[b] = a;
    const others = new Set([...near[a].keys(), ...near[b].keys()]);
    for (const other of near[b].keys()) near[other].delete(b);
    near[b].clear();
    for (const other of others) if (other !== a && other !== b) propose(a, other, meanCosine(a, other));
  }
  // A cluster is joined to one of a lower row.
  for (let row = 0; row < count; row++) parents[row] = parents[parents[row]];
  return numbered(parents);
}
