import type { RgbImage } from "@amface/images";
import type { Path } from "./path.ts";

/** A colour as linear light: red, green, blue, 0..1 (more is brighter than white). */
export type Rgb = readonly [number, number, number];

/**
 * A picture under construction: linear light, `[H, W, 3]` float32, with shapes blended over one another.
 * Edges are smooth by exact area coverage. Every operation touches only the shape's bounding box.
 */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
  readonly #area: Float32Array;
  readonly #clip: Float32Array;
  #clipped = false;
  // The rows and columns that the last traced path touched.
  #top = 0;
  #bottom = 0;
  #left = 0;
  #right = 0;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.data = new Float32Array(width * height * 3);
    this.#area = new Float32Array(height * (width + 2));
    this.#clip = new Float32Array(height * width);
  }

  /** A photo to draw on: where nothing is drawn, `toImage` gives its pixels back. */
  static of({ data, width, height }: RgbImage): Canvas {
    const canvas = new Canvas(width, height);
    for (let i = 0; i < canvas.data.length; i++) {
      const value = data[i] / 255;
      canvas.data[i] = value * value;
    }
    return canvas;
  }

  /** Fills the inside of `paths` (each closed; one drawn the other way round is a hole). */
  fill(paths: readonly Path[], color: Rgb, alpha = 1): void {
    const { data } = this;
    this.#cover(paths, (i, coverage) => {
      const a = this.#clipped ? coverage * alpha * this.#clip[i] : coverage * alpha;
      const p = i * 3;
      data[p] += a * (color[0] - data[p]);
      data[p + 1] += a * (color[1] - data[p + 1]);
      data[p + 2] += a * (color[2] - data[p + 2]);
    });
  }

  /** Runs `draw` with everything that it draws confined to the inside of `path`. */
  within(path: Path, draw: () => void): void {
    this.#clip.fill(0);
    this.#cover([path], (i, coverage) => {
      this.#clip[i] = coverage;
    });
    this.#clipped = true;
    draw();
    this.#clipped = false;
  }

  /** The area of `path`, in pixels, that lies in those pixels of the picture for which `counts` holds. */
  measure(path: Path, counts: (pixel: number) => boolean): number {
    let area = 0;
    this.#cover([path], (i, coverage) => {
      if (counts(i)) area += coverage;
    });
    return area;
  }

  /**
   * A soft spot: an ellipse with radii `rx`, `ry` in pixels around (x, y), turned by the unit vector
   * (ux, uy), whose opacity falls from `alpha` in the middle to 0 at the edge.
   */
  spot(x: number, y: number, rx: number, ry: number, color: Rgb, alpha: number, ux = 1, uy = 0): void {
    const { data, width, height } = this;
    const reach = Math.max(rx, ry);
    const x0 = Math.max(0, Math.floor(x - reach));
    const x1 = Math.min(width, Math.ceil(x + reach) + 1);
    const y0 = Math.max(0, Math.floor(y - reach));
    const y1 = Math.min(height, Math.ceil(y + reach) + 1);
    for (let row = y0; row < y1; row++) {
      for (let col = x0; col < x1; col++) {
        const dx = col + 0.5 - x;
        const dy = row + 0.5 - y;
        const u = (dx * ux + dy * uy) / rx;
        const v = (dy * ux - dx * uy) / ry;
        const inside = 1 - u * u - v * v;
        if (inside <= 0) continue;
        const i = row * width + col;
        const a = alpha * inside * inside * (this.#clipped ? this.#clip[i] : 1);
        data[i * 3] += a * (color[0] - data[i * 3]);
        data[i * 3 + 1] += a * (color[1] - data[i * 3 + 1]);
        data[i * 3 + 2] += a * (color[2] - data[i * 3 + 2]);
      }
    }
  }

  /** The picture as 8-bit RGB; the square root stands for the display's transfer curve. */
  toImage(): RgbImage {
    const out = new Uint8Array(this.data.length);
    for (let i = 0; i < out.length; i++) {
      const light = this.data[i];
      out[i] = light >= 1 ? 255 : light <= 0 ? 0 : Math.floor(Math.sqrt(light) * 255 + 0.5);
    }
    return { data: out, width: this.width, height: this.height };
  }

  /** Calls `paint` with every pixel that `paths` cover and by how much, 0 < coverage <= 1. */
  #cover(paths: readonly Path[], paint: (index: number, coverage: number) => void): void {
    this.#top = this.height;
    this.#bottom = 0;
    this.#left = this.width;
    this.#right = 0;
    for (const path of paths) this.#trace(path);
    const stride = this.width + 2;
    const end = Math.min(this.width - 1, this.#right);
    for (let row = this.#top; row < this.#bottom; row++) {
      let sum = 0;
      for (let col = this.#left; col <= end; col++) {
        sum += this.#area[row * stride + col];
        const coverage = sum < 0 ? -sum : sum;
        if (coverage > 0.002) paint(row * this.width + col, coverage > 1 ? 1 : coverage);
      }
      this.#area.fill(0, row * stride + this.#left, row * stride + Math.min(stride, this.#right + 2));
    }
  }

  /**
   * Adds a path's edges to the area buffer, in which the running sum along a row is the covered part of
   * each pixel: an edge adds its height, split between the pixel it crosses and the next one to the right.
   */
  #trace(path: Path): void {
    const n = path.length;
    for (let i = 0; i < n; i += 2) {
      const j = i + 2 === n ? 0 : i + 2;
      if (path[i + 1] <= path[j + 1]) this.#edge(path[i], path[i + 1], path[j], path[j + 1], 1);
      else this.#edge(path[j], path[j + 1], path[i], path[i + 1], -1);
    }
  }

  /** One edge going down from (x0, y0) to (x1, y1). */
  #edge(x0: number, y0: number, x1: number, y1: number, sign: number): void {
    const { height } = this;
    const top = Math.max(0, Math.floor(y0));
    const bottom = Math.min(height, Math.ceil(y1));
    if (bottom <= top || y1 <= y0) return;
    const slope = (x1 - x0) / (y1 - y0);
    if (top < this.#top) this.#top = top;
    if (bottom > this.#bottom) this.#bottom = bottom;
    for (let row = top; row < bottom; row++) {
      const from = Math.max(y0, row);
      const to = Math.min(y1, row + 1);
      if (to > from) this.#slice(row, x0 + (from - y0) * slope, x0 + (to - y0) * slope, sign * (to - from));
    }
  }

  /** The part of an edge within one row, from column position `a` to `b`, with its signed height. */
  #slice(row: number, a: number, b: number, rise: number): void {
    const limit = this.width;
    let left = Math.min(limit, Math.max(0, a < b ? a : b));
    const right = Math.min(limit, Math.max(0, a < b ? b : a));
    const base = row * (limit + 2);
    const first = Math.floor(left);
    if (first < this.#left) this.#left = first;
    const last = Math.floor(right) + 1;
    if (last > this.#right) this.#right = last;
    if (right - left < 1e-6) {
      const part = left - first;
      this.#area[base + first] += rise * (1 - part);
      this.#area[base + first + 1] += rise * part;
      return;
    }
    const perColumn = rise / (right - left);
    for (let col = first; left < right; col++) {
      const next = Math.min(col + 1, right);
      const height = perColumn * (next - left);
      const part = (left + next) / 2 - col;
      this.#area[base + col] += height * (1 - part);
      this.#area[base + col + 1] += height * part;
      left = next;
    }
  }
}
