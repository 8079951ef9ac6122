import { PickleError } from "./pickle-globals.ts";
import { integerOf, text } from "./python-values.ts";

/** As Python reads: refuses what is no UTF-8, and leaves a U+FEFF that a text begins with. */
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The bytes of a pickle, read from a place that moves on; errors name the opcode at work. */
export class PickleBytes {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  position: number;
  /** Position of the opcode at work, for messages. */
  opcodeAt = 0;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = start;
  }

  int32(): number {
    return this.#view.getInt32(this.skip(4), true);
  }

  /** Big-endian. */
  float64(): number {
    return this.#view.getFloat64(this.skip(8));
  }

  uint(size: 1 | 2 | 4): number {
    const at = this.skip(size);
    if (size === 1) return this.#view.getUint8(at);
    return size === 2 ? this.#view.getUint16(at, true) : this.#view.getUint32(at, true);
  }

  uint64(): number {
    return Number(this.#view.getBigUint64(this.skip(8), true));
  }

  integer(size: number): number | bigint {
    const bytes = this.take(size);
    return this.guard("integer", () => integerOf(bytes));
  }

  utf8(size: number): string {
    const bytes = this.take(size);
    try {
      return UTF8.decode(bytes);
    } catch (cause) {
      throw this.error("expected text in UTF-8, got other bytes", cause);
    }
  }

  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.position);
    if (end < 0) throw this.ended("a name that ends with a newline");
    const line = text(this.take(end - this.position));
    this.position++;
    return line;
  }

  take(size: number): Uint8Array {
    const at = this.skip(size);
    return this.#bytes.subarray(at, at + size);
  }

  /** Moves past `size` bytes and returns where they begin. */
  skip(size: number): number {
    const at = this.position;
    if (at + size > this.#bytes.length) {
      throw this.ended(`${size} more bytes`);
    }
    this.position += size;
    return at;
  }

  ended(expected: string): PickleError {
    const message = `expected ${expected}, got the end of the file`;
    return new PickleError(this.opcodeAt, message, { cutOff: true });
  }

  error(message: string, cause?: unknown): PickleError {
    return new PickleError(this.opcodeAt, message, { cause });
  }

  guard<T>(what: string, body: () => T): T {
    try {
      return body();
    } catch (cause) {
      throw this.error(`${what}: ${(cause as Error).message}`, cause);
    }
  }
}
