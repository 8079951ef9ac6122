import type { RgbImage } from "@amface/images";

/** Moves the photo by whole pixels within its frame; the edge that it leaves behind repeats. */
export function shiftImage({ data, width, height }: RgbImage, right: number, down: number): RgbImage {
  const shifted = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    const row = Math.min(height - 1, Math.max(0, y - down)) * width;
    for (let x = 0; x < width; x++) {
      const from = (row + Math.min(width - 1, Math.max(0, x - right))) * 3;
      const to = (y * width + x) * 3;
      shifted[to] = data[from];
      shifted[to + 1] = data[from + 1];
      shifted[to + 2] = data[from + 2];
    }
  }
  return { data: shifted, width, height };
}
