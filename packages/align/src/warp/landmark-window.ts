import type { Landmarks, Point } from "./face.ts";
import { faceTemplate } from "./face-template.ts";
import type { AreaResampler } from "./resample-area.ts";
import { type Affine, similarityTransform } from "./similarity-transform.ts";

/** Side of the window that L-Net sees, in pixels. */
export const LANDMARK_WINDOW = 48;
/** Where the five points of an upright face lie in it: as in a crop of 62×62, cut from all sides. */
const CROP = 62;
const TEMPLATE = faceTemplate({ height: CROP, width: CROP }).map(([x, y]): Point => [x - 7, y - 16]);
/** Side of the upright window that a turned one is read from: its diagonal. */
const AROUND = Math.ceil(LANDMARK_WINDOW * Math.SQRT2);

/**
 * A face turned upright and scaled by what is known of its landmarks, for L-Net to place them better: what is left to
 * find are small distances from a mean face, whatever the roll and the size.
 */
export class LandmarkWindow {
  readonly #toWindow: Affine;

  /** @param landmarks Where the points are about. @throws {RangeError} When all of them are the same. */
  constructor(landmarks: Landmarks) {
    this.#toWindow = similarityTransform(landmarks, TEMPLATE);
  }

  /** Writes the window's pixels as the nets take them: planes of red, green, blue, `(p - 127.5) / 128`. */
  read(photo: AreaResampler, out: Float32Array, offset = 0): void {
    const [[a, b, c], [d, e, f]] = this.#toWindow;
    const squared = a * a + b * b;
    const middle = (LANDMARK_WINDOW - 1) / 2;
    const [centreX, centreY] = this.#toPhoto(middle, middle);
    // An upright window first, averaged down to the scale: a blend of neighbours alone would skip pixels.
    const side = Math.max(2, Math.ceil(AROUND / Math.hypot(a, b)));
    const [left, top] = [Math.round(centreX - (side - 1) / 2), Math.round(centreY - (side - 1) / 2)];
    const upright = new Float32Array(3 * AROUND * AROUND);
    const whole = { width: AROUND, height: AROUND, round: false };
    photo.resample({ left, top, width: side, height: side }, whole, upright);
    const place = (at: number) => Math.min(AROUND - 1.001, Math.max(0, ((at + 0.5) * AROUND) / side - 0.5));
    for (let y = 0; y < LANDMARK_WINDOW; y++) {
      for (let x = 0; x < LANDMARK_WINDOW; x++) {
        // As #toPhoto has it, without an array a pixel.
        const atX = place((a * (x - c) + d * (y - f)) / squared - left);
        const atY = place((b * (x - c) + e * (y - f)) / squared - top);
        const column = Math.floor(atX);
        const row = Math.floor(atY);
        const right = atX - column;
        const down = atY - row;
        for (let plane = 0; plane < 3; plane++) {
          const i = (plane * AROUND + row) * AROUND + column;
          const above = upright[i] + right * (upright[i + 1] - upright[i]);
          const below = upright[i + AROUND] + right * (upright[i + AROUND + 1] - upright[i + AROUND]);
          out[offset + (plane * LANDMARK_WINDOW + y) * LANDMARK_WINDOW + x] = above + down * (below - above);
        }
      }
    }
  }

  /** What L-Net is to say of `landmarks`: five x and five y, as shares of the window from the mean face's points. */
  distancesOf(landmarks: Landmarks): number[] {
    const [[a, b, c], [d, e, f]] = this.#toWindow;
    const xs = landmarks.map(([x, y], i) => (a * x + b * y + c - TEMPLATE[i][0]) / LANDMARK_WINDOW);
    const ys = landmarks.map(([x, y], i) => (d * x + e * y + f - TEMPLATE[i][1]) / LANDMARK_WINDOW);
    return [...xs, ...ys];
  }

  /** The landmarks in the photo that L-Net's distances stand for. */
  landmarksAt(distances: ArrayLike<number>): Landmarks {
    const at = (i: number) =>
      this.#toPhoto(
        TEMPLATE[i][0] + distances[i] * LANDMARK_WINDOW,
        TEMPLATE[i][1] + distances[5 + i] * LANDMARK_WINDOW,
      );
    return [at(0), at(1), at(2), at(3), at(4)];
  }

  /** The inverse of a similarity is its transpose over its squared scale. */
  #toPhoto(x: number, y: number): Point {
    const [[a, b, c], [d, e, f]] = this.#toWindow;
    const squared = a * a + b * b;
    const [u, v] = [x - c, y - f];
    return [(a * u + d * v) / squared, (b * u + e * v) / squared];
  }
}
