import type { Embeddings } from "../distances/embeddings.ts";
import type { Neighbours } from "../distances/nearest-neighbours.ts";
import { unitRows } from "../distances/unit-rows.ts";
import { MergeQueue } from "./merge-queue.ts";
import { numbered } from "./numbered.ts";

export interface AverageLinkageOptions {
  /** Told about ten times a second how many joins there were, fewer than embeddings; what it throws ends the work. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Milliseconds after which other work may run, such as what a signal starts. */
const TURN = 100;

/**
 * Average linkage (UPGMA; Sokal and Michener, 1958): every embedding begins as a cluster of its own, and the two clusters whose
 * photos have the highest mean cosine are joined, again and again, while their mean squared distance is below the threshold. Clusters so
 * near have a pair of photos that is at least as near: given all neighbours nearer than the threshold this is exact. Where lists were
 * cut off, clusters without a link are not joined, and the order of joins may be another.
 *
 * @param embeddings `[count, D]`, those that the neighbours are of.
 * @param threshold Squared distance, 0 to 4.
 * @returns The number of each embedding's cluster, from 0 in the order of their first members.
 */
export async function averageLinkage(
  embeddings: Embeddings,
  neighbours: Neighbours,
  threshold: number,
  { onProgress }: AverageLinkageOptions = {},
): Promise<Int32Array> {
  const { count, rows } = neighbours;
  const clusters = new Clusters(embeddings, count);
  const queue = new MergeQueue(rows.reduce((links, row) => links + Number(row >= 0), 0));
  const least = 1 - threshold / 2;
  let turn = performance.now();
  const pause = async () => {
    if (performance.now() - turn < TURN) return;
    onProgress?.(clusters.joins, count);
    await new Promise((resolve) => setTimeout(resolve, 0));
    turn = performance.now();
  };
  // Of cut off lists, a later join may bring two clusters near that were not when they were looked at.
  for (let before = -1; before < clusters.joins; ) {
    before = clusters.joins;
    for (let row = 0; row < count; row++) {
      clusters.propose(row, neighbours, least, queue);
      if (row % 1024 === 0) await pause();
    }
    let steps = 0;
    for (let pair = queue.pop(); pair !== undefined; pair = queue.pop()) {
      if (++steps % 1024 === 0) await pause();
      const [a, b] = clusters.rootsOf(pair.a, pair.b);
      if (a === b) continue;
      if (clusters.isCurrent(pair)) clusters.join(a, b);
      else {
        // No two parts of the clusters are on average nearer than the nearest two, whose cosine stood here.
        const cosine = clusters.meanCosine(a, b);
        if (cosine > least) queue.push(a, b, cosine, clusters.joins);
      }
    }
  }
  return clusters.labels();
}

/** Clusters by the sums of their embeddings; each is named by its first row. */
class Clusters {
  /** How many there were so far. */
  joins = 0;
  readonly #size: number;
  // The mean cosine of two clusters is the product of their sums over that of their sizes.
  readonly #sums: Float32Array;
  readonly #sizes: Float64Array;
  readonly #parents: Int32Array;
  /** Joins when each was last joined to another. */
  readonly #changed: Int32Array;

  constructor(embeddings: Embeddings, count: number) {
    const { data, size } = unitRows(embeddings);
    this.#size = size;
    this.#sums = new Float32Array(data);
    this.#sizes = new Float64Array(count).fill(1);
    this.#parents = Int32Array.from({ length: count }, (_, row) => row);
    this.#changed = new Int32Array(count);
  }

  /** Puts the links of an embedding into the queue, as those of the clusters that they link. */
  propose(row: number, { size, rows, cosines }: Neighbours, least: number, queue: MergeQueue): void {
    for (let at = row * size; at < (row + 1) * size && rows[at] >= 0; at++) {
      const [a, b] = this.rootsOf(row, rows[at]);
      if (a === b) continue;
      const cosine = this.joins === 0 ? cosines[at] : this.meanCosine(a, b);
      if (cosine > least) queue.push(a, b, cosine, this.joins);
    }
  }

  /** The clusters of two, the lower one first. */
  rootsOf(one: number, other: number): readonly [number, number] {
    const [a, b] = [this.#rootOf(one), this.#rootOf(other)];
    return a < b ? [a, b] : [b, a];
  }

  #rootOf(row: number): number {
    const parents = this.#parents;
    let root = row;
    while (parents[root] !== root) root = parents[root] = parents[parents[root]];
    return root;
  }

  /** Whether two are clusters still, and as they were at a time. */
  isCurrent({ a, b, time }: { readonly a: number; readonly b: number; readonly time: number }): boolean {
    const isRoot = this.#parents[a] === a && this.#parents[b] === b;
    return isRoot && this.#changed[a] <= time && this.#changed[b] <= time;
  }

  meanCosine(a: number, b: number): number {
    const [sums, size] = [this.#sums, this.#size];
    let [even, odd] = [0, 0];
    let [i, j] = [a * size, b * size];
    for (const end = i + size - 1; i < end; i += 2, j += 2) {
      even += sums[i] * sums[j];
      odd += sums[i + 1] * sums[j + 1];
    }
    if (size % 2 > 0) even += sums[i] * sums[j];
    return (even + odd) / (this.#sizes[a] * this.#sizes[b]);
  }

  join(a: number, b: number): void {
    const [sums, size] = [this.#sums, this.#size];
    for (let d = 0, i = a * size, j = b * size; d < size; d++) sums[i + d] += sums[j + d];
    this.#sizes[a] += this.#sizes[b];
    this.#parents[b] = a;
    this.#changed[a] = ++this.joins;
  }

  labels(): Int32Array {
    return numbered(this.#parents.map((_, row) => this.#rootOf(row)));
  }
}
