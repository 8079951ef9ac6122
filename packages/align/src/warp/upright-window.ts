import type { Landmarks, Point } from "./face.ts";
import type { AreaResampler } from "./resample-area.ts";
import { type Affine, similarityTransform } from "./similarity-transform.ts";

/** A square window of a photo in which a face is upright, and as large as its landmarks say. */
export class UprightWindow {
  readonly #side: number;
  readonly #toWindow: Affine;

  /**
   * @param landmarks Where the points are about.
   * @param template Where they shall lie in the window, in its pixels.
   * @param side Of the window, in pixels.
   * @throws {RangeError} When all landmarks are the same.
   */
  constructor(landmarks: Landmarks, template: readonly Point[], side: number) {
    this.#side = side;
    this.#toWindow = similarityTransform(landmarks, template);
  }

  /** Writes the window's pixels as the nets take them: planes of red, green, blue, `(p - 127.5) / 128`. */
  read(photo: AreaResampler, out: Float32Array, offset = 0): void {
    const side = this.#side;
    const [[a, b, c], [d, e, f]] = this.#toWindow;
    const squared = a * a + b * b;
    const middle = (side - 1) / 2;
    const [centreX, centreY] = this.toPhoto(middle, middle);
    // An upright window first, as wide as this one's diagonal, averaged down to the scale: a blend of neighbours alone
    // would skip pixels.
    const around = Math.ceil(side * Math.SQRT2);
    const width = Math.max(2, Math.ceil(around / Math.hypot(a, b)));
    const [left, top] = [Math.round(centreX - (width - 1) / 2), Math.round(centreY - (width - 1) / 2)];
    const upright = new Float32Array(3 * around * around);
    const whole = { width: around, height: around, round: false };
    photo.resample({ left, top, width, height: width }, whole, upright);
    const place = (at: number) => Math.min(around - 1.001, Math.max(0, ((at + 0.5) * around) / width - 0.5));
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        // As toPhoto has it, without an array a pixel.
        const atX = place((a * (x - c) + d * (y - f)) / squared - left);
        const atY = place((b * (x - c) + e * (y - f)) / squared - top);
        const column = Math.floor(atX);
        const row = Math.floor(atY);
        const right = atX - column;
        const down = atY - row;
        for (let plane = 0; plane < 3; plane++) {
          const i = (plane * around + row) * around + column;
          const above = upright[i] + right * (upright[i + 1] - upright[i]);
          const below = upright[i + around] + right * (upright[i + around + 1] - upright[i + around]);
          out[offset + (plane * side + y) * side + x] = above + down * (below - above);
        }
      }
    }
  }

  /** A place of the photo in the window. */
  toWindow([x, y]: Point): Point {
    const [[a, b, c], [d, e, f]] = this.#toWindow;
    return [a * x + b * y + c, d * x + e * y + f];
  }

  /** A place of the window in the photo. The inverse of a similarity is its transpose over its squared scale. */
  toPhoto(x: number, y: number): Point {
    const [[a, b, c], [d, e, f]] = this.#toWindow;
    const squared = a * a + b * b;
    const [u, v] = [x - c, y - f];
    return [(a * u + d * v) / squared, (b * u + e * v) / squared];
  }
}
