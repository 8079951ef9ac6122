import type { Hash } from "node:crypto";

/** Bytes that are gathered before they are hashed. */
const GATHERED = 65536;

/**
 * Feeds a hash with words and numbers, a space behind each, without a string for every line: those of 100,000 identities
 * would let the young generation grow to its limit for good.
 */
export class HashedLines {
  readonly #hash: Hash;
  readonly #bytes = Buffer.alloc(GATHERED);
  #length = 0;

  constructor(hash: Hash) {
    this.#hash = hash;
  }

  /** @param value A whole number from 0. */
  number(value: number, end = " "): void {
    this.#reserve(32);
    let digits = 1;
    for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++;
    let rest = value;
    for (let at = this.#length + digits - 1; at >= this.#length; at--) {
      this.#bytes[at] = 48 + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    this.#length += digits;
    this.#bytes[this.#length++] = end.charCodeAt(0);
  }

  /** @param value Any text, hashed as UTF-8. */
  text(value: string): void {
    if (3 * value.length + 1 > GATHERED) {
      this.flush();
      this.#hash.update(`${value} `);
      return;
    }
    this.#reserve(3 * value.length + 1);
    this.#length += this.#bytes.write(value, this.#length, "utf8");
    this.#bytes[this.#length++] = 32;
  }

  /** Hashes what is still gathered. */
  flush(): void {
    this.#hash.update(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes > GATHERED) this.flush();
  }
}
