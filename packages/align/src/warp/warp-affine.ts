import { checkRgbImage, type RgbImage } from "@amface/images";
import type { Affine } from "./similarity-transform.ts";

/** OpenCV's fixed point: source positions in 1/1024 pixel, rounded to 1/32 for the blend. */
const POSITION_SCALE = 1024;
const STEPS = 32;

/**
 * Warps a photo as OpenCV's `warpAffine` does with bilinear interpolation and a border of zeros, down to
 * its fixed-point arithmetic.
 *
 * @param matrix Takes positions in the photo to positions in the result.
 * @returns A new image of `height` × `width`.
 * @throws {TypeError} When the pixels are no bytes.
 * @throws {RangeError} When the matrix has no inverse or a size is not positive.
 */
export function warpAffine(image: RgbImage, matrix: Affine, height: number, width: number): RgbImage {
  checkRgbImage(image, "warp an image");
  const result = { data: new Uint8Array(height * width * 3), width, height };
  checkRgbImage(result, "warp an image");
  const [[m00, m01, m02], [m10, m11, m12]] = invert(matrix);
  for (let y = 0; y < height; y++) {
    // Half a step is added before the position is cut to 1/32 pixel.
    const rowX = Math.round((m01 * y + m02) * POSITION_SCALE) + POSITION_SCALE / STEPS / 2;
    const rowY = Math.round((m11 * y + m12) * POSITION_SCALE) + POSITION_SCALE / STEPS / 2;
    for (let x = 0; x < width; x++) {
      const sourceX = Math.floor((rowX + Math.round(m00 * x * POSITION_SCALE)) / STEPS);
      const sourceY = Math.floor((rowY + Math.round(m10 * x * POSITION_SCALE)) / STEPS);
      blend(image, sourceX, sourceY, result.data, (y * width + x) * 3);
    }
  }
  return result;
}

/** Blends the four neighbours of a position in 1/32 pixel. */
function blend(image: RgbImage, x32: number, y32: number, out: Uint8Array, at: number): void {
  const { data, width, height } = image;
  const x = Math.floor(x32 / STEPS);
  const y = Math.floor(y32 / STEPS);
  if (x < -1 || y < -1 || x >= width || y >= height) return;
  const right = x32 - x * STEPS;
  const down = y32 - y * STEPS;
  const i = (y * width + x) * 3;
  const hasLeft = x >= 0;
  const hasRight = x + 1 < width;
  const hasTop = y >= 0;
  const hasBottom = y + 1 < height;
  const topLeft = hasTop && hasLeft ? (STEPS - right) * (STEPS - down) : 0;
  const topRight = hasTop && hasRight ? right * (STEPS - down) : 0;
  const bottomLeft = hasBottom && hasLeft ? (STEPS - right) * down : 0;
  const bottomRight = hasBottom && hasRight ? right * down : 0;
  const below = i + width * 3;
  for (let c = 0; c < 3; c++) {
    let sum = (STEPS * STEPS) / 2;
    if (topLeft) sum += topLeft * data[i + c];
    if (topRight) sum += topRight * data[i + 3 + c];
    if (bottomLeft) sum += bottomLeft * data[below + c];
    if (bottomRight) sum += bottomRight * data[below + 3 + c];
    out[at + c] = sum >> 10;
  }
}

function invert([[a, b, c], [d, e, f]]: Affine): Affine {
  const determinant = a * e - b * d;
  if (!(Number.isFinite(determinant) && determinant !== 0)) {
    throw new RangeError(
      `Cannot warp an image: expected a matrix with an inverse, got determinant ${determinant}`,
    );
  }
  const [p, q, r, s] = [e / determinant, -b / determinant, -d / determinant, a / determinant];
  return [
    [p, q, -(p * c + q * f)],
    [r, s, -(r * c + s * f)],
  ];
}
