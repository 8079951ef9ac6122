import type { RgbImage } from "@amface/images";
import { RESAMPLE_WASM } from "./resample-wasm.ts";

/** What this file needs of WebAssembly, which TypeScript only knows in browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

/** What wasm/resample.ts exports. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  scratchSize(width: number, height: number, toWidth: number, toHeight: number): number;
  resample(...args: number[]): void;
}

const PAGE = 65536;

/** Memory beyond this is given back after the photo that needed it. */
const KEPT_BYTES = 2 ** 26;

let module: object | undefined;

/** One copy of the WebAssembly module, whose memory holds one photo: at 0, then room for the work, then the result. */
export class ResampleKernel {
  readonly #exports: Exports;
  #photo: RgbImage | undefined;

  constructor() {
    module ??= new WebAssembly.Module(Uint8Array.from(atob(RESAMPLE_WASM), (char) => char.charCodeAt(0)));
    this.#exports = new WebAssembly.Instance(module).exports as Exports;
  }

  /** The photo in memory; another one takes its place. */
  get photo(): RgbImage | undefined {
    return this.#photo;
  }

  set photo(photo: RgbImage) {
    this.#reserve(photo.data.length);
    new Uint8Array(this.#exports.memory.buffer).set(photo.data);
    this.#photo = photo;
  }

  /** Whether it has taken so much memory that a new one had better take its place. */
  get isLarge(): boolean {
    return this.#exports.memory.buffer.byteLength > KEPT_BYTES;
  }

  /**
   * Resamples a window of the photo; see `resample` in wasm/resample.ts.
   *
   * @returns Planes of red, green and blue in the module's memory, valid until the next call.
   */
  resample(
    window: { left: number; top: number; width: number; height: number },
    [toWidth, toHeight]: readonly [number, number],
    [begin, end]: readonly [number, number],
    rounding: 0 | 1 | 2,
  ): Float32Array {
    const { data, width, height } = this.#photo as RgbImage;
    const scratch = aligned(data.length + 16);
    const out = aligned(scratch + this.#exports.scratchSize(window.width, window.height, toWidth, toHeight));
    const length = 3 * (end - begin) * toWidth;
    this.#reserve(out + 4 * length);
    const photo = [0, width, height];
    const from = [window.left, window.top, window.width, window.height];
    this.#exports.resample(...photo, ...from, toWidth, toHeight, begin, end, rounding, scratch, out);
    return new Float32Array(this.#exports.memory.buffer, out, length);
  }

  #reserve(bytes: number): void {
    const { memory } = this.#exports;
    const missing = bytes - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  }
}

const aligned = (address: number) => (address + 15) & ~15;
