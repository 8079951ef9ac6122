import type { RgbImage } from "./rgb-image.ts";

/** The image seen in a mirror, left and right swapped, as a new image. */
export function mirrorImage({ data, width, height }: RgbImage): RgbImage {
  return { data: mirrorRows(data, width), width, height };
}

/**
 * Rows of RGB pixels seen in a mirror, as new ones: of an image, or of a batch `[B, H, W, 3]`.
 *
 * @param width Pixels a row.
 */
export function mirrorRows<T extends Uint8Array | Float32Array>(values: T, width: number): T {
  const fresh =
    values instanceof Float32Array ? new Float32Array(values.length) : new Uint8Array(values.length);
  const mirrored = fresh as T;
  for (let row = 0; row < values.length; row += width * 3) {
    for (let x = 0; x < width; x++) {
      const from = row + x * 3;
      const to = row + (width - 1 - x) * 3;
      mirrored[to] = values[from];
      mirrored[to + 1] = values[from + 1];
      mirrored[to + 2] = values[from + 2];
    }
  }
  return mirrored;
}
