import { PNG_FILTERS_WASM } from "./png-filters-wasm.ts";

/** What is used of WebAssembly, which neither the language's library nor Node's types describe. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
};

/** What wasm/png-filters.ts exports. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  undoFilters(from: number, to: number, stride: number, height: number): number;
}

const PAGE = 65536;

/** Where the rows' memory begins: below lies the module's own. */
const START = 1024;

/** Undoes the filters of PNG rows in WebAssembly, on a memory that grows with the largest image seen. */
export class PngFilters {
  readonly #exports: Exports;
  #bytes: Uint8Array;

  constructor() {
    const code = new WebAssembly.Module(Buffer.from(PNG_FILTERS_WASM, "base64"));
    this.#exports = new WebAssembly.Instance(code).exports as Exports;
    this.#bytes = new Uint8Array(this.#exports.memory.buffer);
  }

  /**
   * Undoes each row's filter (PNG specification, 9.2), three bytes a pixel.
   *
   * @param rows `height` rows, each of one byte for the filter and `stride` for the pixels.
   * @param stride Three times the width.
   * @returns The pixels, a view of the memory that is void with the next call; `undefined` where a filter is unknown.
   */
  undo(rows: Uint8Array, stride: number, height: number): Uint8Array | undefined {
    const from = START + stride; // what is above the first row are zeros
    const to = align(from + rows.length);
    const missing = Math.ceil((align(to + stride * height) - this.#bytes.length) / PAGE);
    if (missing > 0) {
      this.#exports.memory.grow(missing);
      this.#bytes = new Uint8Array(this.#exports.memory.buffer);
    }
    this.#bytes.fill(0, START, from).set(rows, from);
    if (!this.#exports.undoFilters(from, to, stride, height)) return undefined;
    return this.#bytes.subarray(to, to + stride * height);
  }
}

/** At least 16 bytes further, for what is read and written past the end, at a multiple of 16. */
const align = (at: number) => (at + 31) & ~15;
