import type { RgbImage } from "@amface/images";
import { areaTaps, stretchTaps, type Taps } from "./resample-taps.ts";

/** A rectangle of a photo in pixels; parts outside the photo count as black. */
export interface Window {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Adding and subtracting 1.5·2^52 rounds a double to the nearest integer, halves to even. */
const ROUNDER = 6755399441055744;

/**
 * Resamples a window of a photo as OpenCV's `resize` with `INTER_AREA`: area averaging where both axes
 * shrink, its stretched linear blend otherwise. The result are the detector's inputs, `(p - 127.5) / 128`,
 * in planes of red, green, blue.
 */
export class AreaResampler {
  readonly width: number;
  readonly height: number;
  readonly #image: RgbImage;
  readonly #window: Window;
  readonly #columns: Taps;
  readonly #rows: Taps;
  readonly #round: "half-up" | "half-even" | "none";
  readonly #blended: Float64Array;

  /**
   * @param round Whether values are rounded to whole grey levels, as where OpenCV resizes 8-bit photos;
   *   halves go up where the photo is exactly halved, to even otherwise.
   */
  constructor(image: RgbImage, window: Window, width: number, height: number, round: boolean) {
    const shrinks = window.width >= width && window.height >= height;
    const taps = shrinks ? areaTaps : stretchTaps;
    this.width = width;
    this.height = height;
    this.#image = image;
    this.#window = window;
    this.#columns = taps(window.width, width);
    this.#rows = taps(window.height, height);
    const halves = window.width === 2 * width && window.height === 2 * height;
    this.#round = !round ? "none" : halves ? "half-up" : "half-even";
    this.#blended = new Float64Array(window.width * 3);
  }

  /**
   * Resamples rows `begin … end - 1`.
   *
   * @param out Receives three planes of `(end - begin) * width` numbers each, from `offset` on.
   */
  rows(begin: number, end: number, out: Float32Array, offset = 0): void {
    const plane = (end - begin) * this.width;
    for (let row = begin; row < end; row++) {
      this.#blendRows(row);
      this.#blendColumns(out, offset + (row - begin) * this.width, plane);
    }
  }

  /** Blends the source rows of a target row; columns outside the photo stay 0. */
  #blendRows(row: number): void {
    const { data, width: imageWidth, height: imageHeight } = this.#image;
    const { left, top, width } = this.#window;
    const { starts, sources, weights } = this.#rows;
    const blended = this.#blended;
    const first = Math.max(0, -left) * 3;
    const last = Math.min(width, imageWidth - left) * 3;
    let filled = false;
    for (let k = starts[row]; k < starts[row + 1]; k++) {
      const y = top + sources[k];
      if (y < 0 || y >= imageHeight) continue;
      const weight = weights[k];
      const shift = (y * imageWidth + left) * 3;
      if (filled) for (let i = first; i < last; i++) blended[i] += weight * data[shift + i];
      else for (let i = first; i < last; i++) blended[i] = weight * data[shift + i];
      filled = true;
    }
    if (!filled) blended.fill(0, Math.min(first, blended.length), Math.max(last, 0));
  }

  #blendColumns(out: Float32Array, start: number, plane: number): void {
    const { starts, sources, weights } = this.#columns;
    const blended = this.#blended;
    const round = this.#round;
    for (let x = 0; x < this.width; x++) {
      let r = 0;
      let g = 0;
      let b = 0;
      for (let k = starts[x]; k < starts[x + 1]; k++) {
        const i = sources[k] * 3;
        const weight = weights[k];
        r += weight * blended[i];
        g += weight * blended[i + 1];
        b += weight * blended[i + 2];
      }
      if (round === "half-even") {
        r = r + ROUNDER - ROUNDER;
        g = g + ROUNDER - ROUNDER;
        b = b + ROUNDER - ROUNDER;
      } else if (round === "half-up") {
        r = Math.floor(r + 0.5);
        g = Math.floor(g + 0.5);
        b = Math.floor(b + 0.5);
      }
      out[start + x] = (r - 127.5) * 0.0078125;
      out[start + plane + x] = (g - 127.5) * 0.0078125;
      out[start + 2 * plane + x] = (b - 127.5) * 0.0078125;
    }
  }
}
