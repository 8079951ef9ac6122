/** Two clusters that may be joined. */
export interface Merge {
  readonly a: number;
  readonly b: number;
  readonly cosine: number;
}

/** Pairs of clusters, the nearest first, of equally near ones that of the lowest numbers: a binary heap. */
export class MergeQueue {
  readonly #heap: Merge[] = [];

  push(a: number, b: number, cosine: number): void {
    const heap = this.#heap;
    const merge = { a, b, cosine };
    let at = heap.push(merge) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(merge, heap[parent])) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = merge;
  }

  pop(): Merge | undefined {
    const heap = this.#heap;
    const [first, last] = [heap[0], heap.pop()];
    if (last === undefined || heap.length === 0) return last;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
      if (!isBefore(heap[child], last)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(x: Merge, y: Merge): boolean {
  return x.cosine !== y.cosine ? x.cosine > y.cosine : x.a !== y.a ? x.a < y.a : x.b < y.b;
}
