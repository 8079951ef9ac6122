/** What a generator can be seeded with: any finite number that is an integer, or a string. */
export type RandomKey = number | string;

/**
 * A small seeded generator that gives the same values on every JavaScript runtime: the state is 128 bits
 * of 32-bit integer arithmetic (Chris Doty-Humphrey's sfc32), filled by hashing the keys.
 *
 * A generator is named by its keys, so that any draw can be repeated without replaying those before it:
 * `new Random(seed, epoch, position)` is the same whatever was drawn elsewhere. Not for secrets.
 *
 * @throws {RangeError} When a key is a number but not a safe integer.
 */
export class Random {
  readonly #keys: readonly RandomKey[];
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(...keys: RandomKey[]) {
    this.#keys = keys;
    this.#a = hashKeys(keys, 0x9e3779b9);
    this.#b = hashKeys(keys, 0x243f6a88);
    this.#c = hashKeys(keys, 0xb7e15162);
    for (let i = 0; i < 12; i++) this.uint32();
  }

  /** A generator of its own, named by this one's keys and `keys`; independent of what was drawn so far. */
  fork(...keys: RandomKey[]): Random {
    return new Random(...this.#keys, ...keys);
  }

  /** The next integer in [0, 2³²). */
  uint32(): number {
    const out = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + out) | 0;
    return out >>> 0;
  }

  /** Fills `out` with the next integers in [0, 2³²): the same as `uint32` one after the other, several times as fast. */
  fill(out: Uint32Array): void {
    let [a, b, c, counter] = [this.#a, this.#b, this.#c, this.#counter];
    for (let i = 0; i < out.length; i++) {
      const sum = (a + b + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + sum) | 0;
      out[i] = sum;
    }
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#counter = counter;
  }

  /** The next number in [0, 1), a multiple of 2⁻³². */
  next(): number {
    return this.uint32() / 4294967296;
  }

  /** A number in [low, high). */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** An integer in [0, n), for n up to 2³². */
  int(n: number): number {
    return Math.floor(this.next() * n);
  }

  /** True with probability `p`. */
  chance(p: number): boolean {
    return this.next() < p;
  }

  /** One of `items`, which must not be empty. */
  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)];
  }

  /**
   * About standard normal: the sum of twelve uniform numbers less six (mean 0, variance 1, never beyond ±6).
   * The usual transforms need logarithms, whose last bit differs between runtimes.
   */
  normal(): number {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += this.next();
    return sum;
  }

  /** The integers 0 … n-1 in random order. */
  permutation(n: number): Uint32Array {
    const order = new Uint32Array(n);
    for (let i = 0; i < n; i++) {
      const j = this.int(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}

/** Folds the keys into 32 bits. Numbers and strings, and the places between keys, all count. */
function hashKeys(keys: readonly RandomKey[], salt: number): number {
  let h = salt | 0;
  for (const key of keys) {
    if (typeof key === "number") {
      if (!Number.isSafeInteger(key)) {
        throw new RangeError(`Cannot seed a generator: expected integers or strings, got ${key}`);
      }
      h = mix(h, key | 0);
      h = mix(h, Math.floor(key / 4294967296) | 0);
      h = mix(h, 1);
    } else {
      for (let i = 0; i < key.length; i++) h = mix(h, key.charCodeAt(i));
      h = mix(h, 0x5bd1e995 ^ key.length);
    }
  }
  return h;
}

/** Stirs `value` into `h`; the multipliers are odd, so that no bit is lost. */
function mix(h: number, value: number): number {
  let x = Math.imul(h ^ value, 0x2c1b3c6d);
  x = Math.imul(x ^ (x >>> 15), 0x297a2d39);
  return (x ^ (x >>> 14) ^ (h << 5)) | 0;
}
