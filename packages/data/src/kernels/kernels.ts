import { KERNELS_WASM } from "./kernels-wasm.ts";

/** What is used of WebAssembly, which neither the language's library nor Node's types describe. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
};

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  crc32c(crc: number, at: number, bytes: number): number;
  toFloat(from: number, to: number, bytes: number): void;
  mirror(from: number, to: number, bytes: number, stride: number): void;
}

const TABLES = 16;
const PAGE = 65536;

/**
 * Checksums and the pixels' way to floats in WebAssembly, on a memory that files can be read into. In plain
 * JavaScript both depend on the runtime: the loop over pixels runs six times slower under Node than under Bun.
 */
export class Kernels {
  /** Where callers may write; below lie the tables. */
  static readonly START = TABLES * 1024;
  readonly #exports: Exports;
  #bytes: Uint8Array;

  constructor() {
    const code = new WebAssembly.Module(Buffer.from(KERNELS_WASM, "base64"));
    this.#exports = new WebAssembly.Instance(code).exports as Exports;
    this.#bytes = new Uint8Array(this.#exports.memory.buffer);
    this.memory(PAGE);
    fillTables(new Uint32Array(this.#exports.memory.buffer, 0, TABLES * 256));
  }

  /** The whole memory, at least `size` bytes; earlier views of it are void when it had to grow. */
  memory(size: number): Uint8Array {
    const missing = Math.ceil((size - this.#bytes.length) / PAGE);
    if (missing > 0) {
      this.#exports.memory.grow(missing);
      this.#bytes = new Uint8Array(this.#exports.memory.buffer);
    }
    return this.#bytes;
  }

  /** CRC-32C (Castagnoli) of `bytes` bytes of the memory from `at` on, unsigned; `before` is that of what precedes them. */
  crc32c(at: number, bytes: number, before = 0): number {
    return ~this.#exports.crc32c(~before, at, bytes) >>> 0;
  }

  /** Bytes of memory that `toFloat` needs, wherever in the first `before` bytes its pixels lie. */
  static roomFor(before: number, pixels: number): number {
    return align(align(before) + pixels) + 4 * (pixels + 16);
  }

  /**
   * Writes pixels to `to`, from element `at` on, as `(pixel - 127.5) / 128`.
   *
   * @param pixels Any RGB; where they lie in the kernels' memory, `roomFor` must have been reserved.
   * @param mirrored The photo's width, to swap left and right; 0 to leave them.
   */
  toFloat(pixels: Uint8Array, to: Float32Array, at: number, mirrored = 0): void {
    const { length } = pixels;
    let from = pixels.byteOffset;
    if (pixels.buffer !== this.#bytes.buffer) {
      from = Kernels.START;
      this.memory(Kernels.roomFor(from + length, length)).set(pixels, from);
    }
    let start = align(from + length);
    if (mirrored > 0) {
      this.#exports.mirror(from, start, length, mirrored * 3);
      from = start;
      start = align(from + length);
    }
    this.#exports.toFloat(from, start, length);
    to.set(new Float32Array(this.#bytes.buffer, start, length), at);
  }
}

/** At least 16 bytes further, for what is read past the end, at a multiple of 16. */
const align = (at: number) => (at + 31) & ~15;

/** Table k: the checksum of a byte followed by k zero bytes, for the reflected polynomial 0x82f63b78. */
function fillTables(tables: Uint32Array): void {
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    tables[byte] = crc;
  }
  for (let i = 256; i < tables.length; i++) {
    const before = tables[i - 256];
    tables[i] = tables[before & 255] ^ (before >>> 8);
  }
}
