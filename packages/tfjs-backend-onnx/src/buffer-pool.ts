import { arrayOf, type Numbers, type NumericType } from "./lazy-graph.ts";

/** Smaller buffers are not worth keeping. */
const SMALLEST = 1024;

/** How many runs a buffer waits for its next use. */
const PATIENCE = 4;

/**
 * Buffers of tensors that are gone, for the results of later runs: a training step's new weights take the
 * memory of those before the last, where fresh memory would have to be fetched and cleared page by page.
 */
export class BufferPool {
  readonly #free = new Map<string, { buffer: Numbers; since: number }[]>();
  #runs = 0;

  give(dtype: NumericType, buffer: Numbers): void {
    if (buffer.length < SMALLEST) return;
    const key = `${dtype} ${buffer.length}`;
    const stack = this.#free.get(key) ?? [];
    stack.push({ buffer, since: this.#runs });
    this.#free.set(key, stack);
  }

  /** A buffer of this length with anything in it, but none of those `inUse`. */
  take(dtype: NumericType, length: number, inUse: ReadonlySet<Numbers>): Numbers {
    const stack = this.#free.get(`${dtype} ${length}`) ?? [];
    const found = stack.findIndex(({ buffer }) => !inUse.has(buffer));
    return found < 0 ? arrayOf(dtype, length) : stack.splice(found, 1)[0].buffer;
  }

  /** Called once a run: lets go of what has not been taken for some runs. */
  age(): void {
    this.#runs++;
    for (const [key, stack] of this.#free) {
      const kept = stack.filter(({ since }) => this.#runs - since <= PATIENCE);
      if (kept.length > 0) this.#free.set(key, kept);
      else this.#free.delete(key);
    }
  }
}
