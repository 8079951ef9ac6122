/** An 8-bit RGB photo in memory. */
export interface RgbImage {
  /** Interleaved R, G, B in 0..255, row by row from the top: `height * width * 3` bytes. */
  data: Uint8Array;
  width: number;
  height: number;
}

/**
 * @param what What the image was wanted for, as in `Cannot <what>: …`.
 * @throws {RangeError} When the sizes are not positive integers or the data does not fill them exactly.
 */
export function checkRgbImage({ data, width, height }: RgbImage, what: string): void {
  if (!(Number.isInteger(width) && width > 0 && Number.isInteger(height) && height > 0)) {
    throw new RangeError(`Cannot ${what}: expected a positive width and height, got ${width}x${height}`);
  }
  if (data.length !== width * height * 3) {
    throw new RangeError(
      `Cannot ${what}: expected ${width * height * 3} bytes of RGB for ${width}x${height}, got ${data.length}`,
    );
  }
}
