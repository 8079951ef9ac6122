/** What is known of a node of the tree: the sum of the micro-batches below it. */
interface Node {
  readonly first: number;
  size: number;
  readonly values: Float32Array;
}

/**
 * Sums vectors in one fixed binary tree over micro-batches, whoever computes them: its nodes are the sums of 2ᵏ of them
 * that begin at a multiple of 2ᵏ; where their number is no power of two, what is over is added from the right. Float32
 * additions in another order would give other last digits.
 */
export class TreeSum {
  readonly #nodes: Node[] = [];

  /** The largest nodes that are complete, in the order of their micro-batches. */
  get nodes(): readonly Readonly<Node>[] {
    return this.#nodes;
  }

  /**
   * Adds the sum of the next `size` micro-batches, the first of which is `first`. What is given becomes the tree's, and
   * is written over.
   */
  add(values: Float32Array, first: number, size = 1): void {
    this.#nodes.push({ first, size, values });
    for (;;) {
      const [left, right] = this.#nodes.slice(-2);
      const areSiblings = right && left.size === right.size && left.first % (2 * left.size) === 0;
      if (!areSiblings) return;
      addTo(left.values, right.values);
      left.size *= 2;
      this.#nodes.pop();
    }
  }

  /** The sum of all; nothing can be added any more. */
  total(): Float32Array {
    while (this.#nodes.length > 1) {
      const { values } = this.#nodes.pop() as Node;
      addTo((this.#nodes.at(-1) as Node).values, values);
    }
    return this.#nodes[0].values;
  }
}

function addTo(sum: Float32Array, values: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] += values[i];
}

/** Sizes of the nodes that `count` micro-batches from `first` on make. */
export function nodeSizes(first: number, count: number): number[] {
  const sizes: number[] = [];
  for (let at = first; at < first + count; at += sizes[sizes.length - 1]) {
    let size = 1;
    while (at % (2 * size) === 0 && at + 2 * size <= first + count) size *= 2;
    sizes.push(size);
  }
  return sizes;
}
