import type { RgbImage } from "@amface/images";
import { type Taps, tapsFor } from "./resample-taps.ts";

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
  readonly #rounding: "half-up" | "half-even" | "none";
  readonly #blended: Float64Array;

  /**
   * @param round Whether values are rounded to whole grey levels, as where OpenCV resizes 8-bit photos;
   *   halves go up where the photo is exactly halved, to even otherwise.
   */
  constructor(image: RgbImage, window: Window, width: number, height: number, round: boolean) {
    const shrinks = window.width >= width && window.height >= height;
    this.width = width;
    this.height = height;
    this.#image = image;
    this.#window = window;
    this.#columns = tapsFor(window.width, width, shrinks);
    this.#rows = tapsFor(window.height, height, shrinks);
    const halves = window.width === 2 * width && window.height === 2 * height;
    this.#rounding = !round ? "none" : halves ? "half-up" : "half-even";
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

  /** Blends the source rows of a target row, three at a time; what lies outside the photo stays 0. */
  #blendRows(row: number): void {
    const { data, width: imageWidth, height: imageHeight } = this.#image;
    const { left, top, width } = this.#window;
    const { starts, sources, weights } = this.#rows;
    const blended = this.#blended;
    // The taps that hit the photo are neighbours, as are the columns.
    let k = starts[row];
    let end = starts[row + 1];
    while (k < end && top + sources[k] < 0) k++;
    while (k < end && top + sources[end - 1] >= imageHeight) end--;
    const first = Math.max(0, -left) * 3;
    const last = Math.min(width, imageWidth - left) * 3;
    if (k === end || first >= last) {
      blended.fill(0);
      return;
    }
    const stride = imageWidth * 3;
    for (let isFirst = true; k < end; k += 3, isFirst = false) {
      const a = weights[k];
      const b = k + 1 < end ? weights[k + 1] : 0;
      const c = k + 2 < end ? weights[k + 2] : 0;
      let i = ((top + sources[k]) * imageWidth + left) * 3 + first;
      let j = b === 0 ? i : i + stride;
      let l = c === 0 ? i : i + 2 * stride;
      if (isFirst) {
        for (let t = first; t < last; t++) blended[t] = a * data[i++] + b * data[j++] + c * data[l++];
      } else {
        for (let t = first; t < last; t++) blended[t] += a * data[i++] + b * data[j++] + c * data[l++];
      }
    }
  }

  #blendColumns(out: Float32Array, start: number, plane: number): void {
    const { starts, sources, weights } = this.#columns;
    const blended = this.#blended;
    const rounding = this.#rounding;
    const width = this.width;
    let k = 0;
    for (let x = 0; x < width; x++) {
      let r = 0;
      let g = 0;
      let b = 0;
      let i = sources[k] * 3;
      for (const end = starts[x + 1]; k < end; k++) {
        const weight = weights[k];
        r += weight * blended[i++];
        g += weight * blended[i++];
        b += weight * blended[i++];
      }
      if (rounding === "half-even") {
        r = r + ROUNDER - ROUNDER;
        g = g + ROUNDER - ROUNDER;
        b = b + ROUNDER - ROUNDER;
      } else if (rounding === "half-up") {
        r = Math.floor(r + 0.5);
        g = Math.floor(g + 0.5);
        b = Math.floor(b + 0.5);
      }
      const at = start + x;
      out[at] = (r - 127.5) * 0.0078125;
      out[at + plane] = (g - 127.5) * 0.0078125;
      out[at + 2 * plane] = (b - 127.5) * 0.0078125;
    }
  }
}
