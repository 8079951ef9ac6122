import { KERNELS_WASM } from "./kernels-wasm.ts";

/** What is used of WebAssembly, which neither the language's library nor Node's types describe. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
};

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  toFloat(from: number, to: number, bytes: number): void;
  toMirroredFloat(from: number, to: number, bytes: number, stride: number): void;
}

const PAGE = 65536;

/**
 * The pixels' way to floats in WebAssembly, on a memory that files can be read into. In plain JavaScript it depends on
 * the runtime: the loop over pixels runs six times slower under Node than under Bun.
 */
export class Kernels {
  /** Where callers may write; some bytes below may be read along. */
  static readonly START = 1024;
  readonly #exports: Exports;
  #bytes: Uint8Array;

  constructor() {
    const code = new WebAssembly.Module(Buffer.from(KERNELS_WASM, "base64"));
    this.#exports = new WebAssembly.Instance(code).exports as Exports;
    this.#bytes = new Uint8Array(this.#exports.memory.buffer);
    this.memory(PAGE);
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

  /** Bytes of memory that `toFloat` needs, wherever in the first `before` bytes its pixels lie. */
  static roomFor(before: number, pixels: number): number {
    return align(before) + 4 * (pixels + 16);
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
    const start = align(from + length);
    if (mirrored > 0) this.#exports.toMirroredFloat(from, start, length, mirrored * 3);
    else this.#exports.toFloat(from, start, length);
    to.set(new Float32Array(this.#bytes.buffer, start, length), at);
  }
}

/** At least 16 bytes further, for what is read past the end, at a multiple of 16. */
const align = (at: number) => (at + 31) & ~15;
