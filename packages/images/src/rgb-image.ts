/** An 8-bit RGB photo in memory. */
export interface RgbImage {
  /** Interleaved R, G, B in 0..255, row by row from the top: `height * width * 3` bytes. */
  data: Uint8Array;
  width: number;
  height: number;
}

/** What holds 8-bit values 0..255, of this realm or another; a Buffer of Node is one. */
const BYTES = ["[object Uint8Array]", "[object Uint8ClampedArray]"];

/**
 * @param what What the image was wanted for, as in `Cannot <what>: …`.
 * @throws {TypeError} When the data is of another kind than bytes, such as floats in 0..1.
 * @throws {RangeError} When the sizes are not positive integers or the data does not fill them exactly.
 */
export function checkRgbImage({ data, width, height }: RgbImage, what: string): void {
  const kind = Object.prototype.toString.call(data);
  if (!BYTES.includes(kind)) {
    const mend = "scale floats in 0..1 by 255 and round them, as Uint8ClampedArray.from does";
    throw new TypeError(
      `Cannot ${what}: expected 8-bit pixels 0..255 in a Uint8Array, got ${kind.slice(8, -1)}; ${mend}`,
    );
  }
  if (!(Number.isInteger(width) && width > 0 && Number.isInteger(height) && height > 0)) {
    throw new RangeError(`Cannot ${what}: expected a positive width and height, got ${width}x${height}`);
  }
  if (data.length !== width * height * 3) {
    throw new RangeError(
      `Cannot ${what}: expected ${width * height * 3} bytes of RGB for ${width}x${height}, got ${data.length}`,
    );
  }
}
