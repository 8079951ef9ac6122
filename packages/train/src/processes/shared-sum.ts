import type { Communicator } from "@amface/mpi";
import { decodeHalf, encodeHalf, halfBytes } from "./half-vector.ts";
import { type Share, shareOf } from "./share.ts";
import { nodeSizes, TreeSum } from "./tree-sum.ts";

/** How values travel: whole, or rounded to float16. What a process keeps to itself, and every addition, is float32. */
export type Compression = "none" | "float16";

/** What a process gives to the sum of one part of the vector: a node of the tree. */
interface NodePart {
  readonly from: number;
  readonly first: number;
  readonly size: number;
  /** That of another process, under way. */
  readonly values: Promise<Float32Array> | undefined;
}

/**
 * The sum of all processes' vectors of one length, in the tree over `total` micro-batches. Each process adds up one part
 * of the vector and then gets the other parts from the others: of n values (P − 1)/P·n are sent and received twice,
 * as in a ring, where each process has one node. A node to which none of this process's vectors will be added any more is
 * sent at once, and travels while the next ones are computed.
 */
export class SharedSum {
  readonly #processes: Communicator;
  readonly #compression: Compression;
  readonly #total: number;
  readonly #share: Share;
  /** Of the nodes of this process's share, when they are complete. */
  readonly #sizes: readonly number[];
  readonly #own = new TreeSum();
  readonly #sent: Promise<void>[] = [];
  #sentNodes = 0;
  #length = 0;
  #parts: readonly NodePart[] = [];

  constructor(total: number, processes: Communicator, compression: Compression = "none") {
    this.#processes = processes;
    this.#compression = compression;
    this.#total = total;
    this.#share = shareOf(total, processes);
    this.#sizes = nodeSizes(this.#share.first, this.#share.count);
  }

  /** Adds the vector of this process's next micro-batch, which becomes the sum's. */
  add(values: Float32Array): void {
    const { size } = this.#processes;
    const added = this.#own.nodes.reduce((sum, node) => sum + node.size, 0);
    if (added === 0) {
      this.#length = values.length;
      if (size > 1) this.#parts = this.#expect();
    }
    this.#own.add(values, this.#share.first + added);
    if (size === 1) return;
    const { nodes } = this.#own;
    while (this.#sentNodes < nodes.length && nodes[this.#sentNodes].size === this.#sizes[this.#sentNodes])
      this.#send(nodes[this.#sentNodes].values, this.#sentNodes++);
  }

  /** The sum, once all vectors of this process are added. */
  async total(): Promise<Float32Array> {
    const { rank, size } = this.#processes;
    if (size === 1) return this.#own.total();
    const sum = new TreeSum();
    const own = this.#own.nodes.map(({ values }) => this.#partOf(values, rank));
    const parts = await Promise.all(this.#parts.map(({ values }) => values ?? (own.shift() as Float32Array)));
    await Promise.all(this.#sent);
    for (const [i, { first, size }] of this.#parts.entries()) sum.add(parts[i], first, size);
    return await this.#gather(sum.total());
  }

  /** Values of each process's part, but for the last ones'. */
  get #each(): number {
    return Math.ceil(this.#length / this.#processes.size);
  }

  #partOf(values: Float32Array, process: number): Float32Array {
    const [length, each] = [this.#length, this.#each];
    return values.subarray(Math.min(length, process * each), Math.min(length, (process + 1) * each));
  }

  /** Begins to receive this process's part of all others' nodes. */
  #expect(): NodePart[] {
    const { rank, size } = this.#processes;
    return Array.from({ length: size }, (_, from) => {
      let { first, count } = shareOf(this.#total, { rank: from, size });
      return nodeSizes(first, count).map((nodeSize, tag): NodePart => {
        const values = from === rank ? undefined : this.#receive(from, tag);
        first += nodeSize;
        return { from, first: first - nodeSize, size: nodeSize, values };
      });
    }).flat();
  }

  async #receive(from: number, tag: number): Promise<Float32Array> {
    const { rank } = this.#processes;
    const each = this.#each;
    const length = Math.min(this.#length, (rank + 1) * each) - Math.min(this.#length, rank * each);
    if (this.#compression === "none") {
      const message = new Float32Array(length);
      await this.#processes.receive(message, from, tag);
      return message;
    }
    const message = new Uint8Array(halfBytes(length));
    await this.#processes.receive(message, from, tag);
    return decodeHalf(message);
  }

  /** Begins to send a node, to each process its part. */
  #send(values: Float32Array, tag: number): void {
    const { rank, size } = this.#processes;
    for (let to = 1; to < size; to++) {
      const other = (rank + to) % size; // not all to the same at once
      const part = this.#partOf(values, other);
      const message = this.#compression === "none" ? part : encodeHalf(part);
      this.#sent.push(this.#processes.send(message, other, tag));
    }
  }

  /** All parts, of which this process has summed up one. */
  async #gather(part: Float32Array): Promise<Float32Array> {
    const { size } = this.#processes;
    const each = this.#each;
    const padded = new Float32Array(each);
    padded.set(part);
    if (this.#compression === "none")
      return (await this.#processes.allGather(padded)).subarray(0, this.#length);
    const all = await this.#processes.allGather(encodeHalf(padded));
    const whole = new Float32Array(each * size);
    for (let from = 0; from < size; from++)
      whole.set(decodeHalf(all.slice(from * halfBytes(each), (from + 1) * halfBytes(each))), from * each);
    return whole.subarray(0, this.#length);
  }
}
