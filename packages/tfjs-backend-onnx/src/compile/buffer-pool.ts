import { arrayOf, type Numbers, type NumericType } from "../lazy/numbers.ts";

/** Smaller buffers are not worth keeping. */
const SMALLEST = 1024;

const NONE: ReadonlySet<Numbers> = new Set();

/** How many runs a buffer waits for its next use, at least; at most twice as many. */
const PATIENCE = 4;

/** Bytes of copies that count as a run: a program that makes and drops tensors may run no model at all. */
const MUCH = 2 ** 26;

/**
 * Buffers of tensors that are gone, for the results of later runs and for copies: a training step's new weights take
 * the memory of those before the last, where fresh memory would have to be fetched and cleared page by page.
 */
export class BufferPool {
  readonly #free: Readonly<Record<NumericType, Map<number, { buffer: Numbers; since: number }[]>>> = {
    float32: new Map(),
    int32: new Map(),
    bool: new Map(),
  };
  #runs = 0;
  #copied = 0;

  give(dtype: NumericType, buffer: Numbers): void {
    if (buffer.length < SMALLEST) return;
    const free = this.#free[dtype];
    const stack = free.get(buffer.length) ?? [];
    stack.push({ buffer, since: this.#runs });
    free.set(buffer.length, stack);
  }

  /** A buffer of this length with anything in it, but none of those `inUse`. */
  take(dtype: NumericType, length: number, inUse: ReadonlySet<Numbers>): Numbers {
    const stack = this.#free[dtype].get(length) ?? [];
    const found = stack.findIndex(({ buffer }) => !inUse.has(buffer));
    return found < 0 ? arrayOf(dtype, length) : stack.splice(found, 1)[0].buffer;
  }

  /** A copy of `values` as numbers of a type. */
  copy(dtype: NumericType, values: Numbers): Numbers {
    const copy = this.take(dtype, values.length, NONE);
    copy.set(values);
    this.#copied += copy.byteLength;
    if (this.#copied > MUCH) this.age();
    return copy;
  }

  /** Called once a run: now and then lets go of what has not been taken for some runs. */
  age(): void {
    this.#copied = 0;
    if (++this.#runs % PATIENCE > 0) return;
    for (const free of Object.values(this.#free)) {
      for (const [length, stack] of free) {
        const kept = stack.filter(({ since }) => this.#runs - since <= PATIENCE);
        if (kept.length > 0) free.set(length, kept);
        else free.delete(length);
      }
    }
  }
}
