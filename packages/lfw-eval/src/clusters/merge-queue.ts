/** Two clusters that may be joined, `a` below `b`, and when their cosine was computed. */
export interface Merge {
  readonly a: number;
  readonly b: number;
  readonly cosine: number;
  readonly time: number;
}

/**
 * Pairs of clusters, the nearest first, of equally near ones that of the lowest numbers: a binary heap in typed arrays, which
 * millions of pairs ask for.
 */
export class MergeQueue {
  readonly #cosines: Float64Array;
  readonly #pairs: Int32Array;
  readonly #times: Int32Array;
  #length = 0;

  /** @param capacity Pairs that it holds at most. */
  constructor(capacity: number) {
    this.#cosines = new Float64Array(capacity);
    this.#pairs = new Int32Array(2 * capacity);
    this.#times = new Int32Array(capacity);
  }

  push(a: number, b: number, cosine: number, time: number): void {
    let at = this.#length++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isAfter(parent, a, b, cosine)) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#put(at, a, b, cosine, time);
  }

  /** Takes the nearest pair; where it is there more than once with one cosine, all of it. */
  pop(): Merge | undefined {
    if (this.#length === 0) return undefined;
    const first = this.#at(0);
    do this.#removeFirst();
    while (this.#length > 0 && this.#isSame(first));
    return first;
  }

  #removeFirst(): void {
    const last = --this.#length;
    const { a, b, cosine, time } = this.#at(last);
    let at = 0;
    for (let child = 1; child < last; child = 2 * at + 1) {
      if (child + 1 < last && this.#isAfterNext(child)) child++;
      if (this.#isAfter(child, a, b, cosine)) break;
      this.#move(child, at);
      at = child;
    }
    this.#put(at, a, b, cosine, time);
  }

  #at(at: number): Merge {
    const pairs = this.#pairs;
    return { a: pairs[2 * at], b: pairs[2 * at + 1], cosine: this.#cosines[at], time: this.#times[at] };
  }

  #put(at: number, a: number, b: number, cosine: number, time: number): void {
    this.#pairs[2 * at] = a;
    this.#pairs[2 * at + 1] = b;
    this.#cosines[at] = cosine;
    this.#times[at] = time;
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#pairs[2 * from], this.#pairs[2 * from + 1], this.#cosines[from], this.#times[from]);
  }

  #isSame({ a, b, cosine }: Merge): boolean {
    return this.#cosines[0] === cosine && this.#pairs[0] === a && this.#pairs[1] === b;
  }

  #isAfterNext(at: number): boolean {
    return this.#isAfter(at, this.#pairs[2 * at + 2], this.#pairs[2 * at + 3], this.#cosines[at + 1]);
  }

  /** Whether the pair at a place comes after another. */
  #isAfter(at: number, a: number, b: number, cosine: number): boolean {
    const own = this.#cosines[at];
    if (own !== cosine) return own < cosine;
    const first = this.#pairs[2 * at];
    return first !== a ? first > a : this.#pairs[2 * at + 1] > b;
  }
}
