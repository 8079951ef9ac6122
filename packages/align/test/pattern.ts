import type { RgbImage } from "@amface/images";

/** The same pattern as in golden/make-opencv.py. */
export function pattern(width: number, height: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      data.set([x * 37 + y * 11, x * x * 5 + y * 29, x * 3 + y * y * 7], (y * width + x) * 3);
    }
  }
  return { data, width, height };
}
