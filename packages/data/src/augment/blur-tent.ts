import type { RgbImage } from "@amface/images";

/**
 * Blurs by a tent of weights `radius + 1 - |distance|` across and down: near a Gaussian of standard deviation
 * `√((radius + 1)² - 1) / √6`, in whole numbers, so that every runtime gives the same pixels. The edge repeats.
 */
export function blurTent(image: RgbImage, radius: number): RgbImage {
  if (radius === 0) return image;
  const { width, height } = image;
  const across = blurLines(image.data, radius, { lines: height, length: width, line: width * 3, step: 3 });
  return {
    data: blurLines(across, radius, { lines: width, length: height, line: 3, step: width * 3 }),
    width,
    height,
  };
}

interface Lines {
  readonly lines: number;
  readonly length: number;
  /** Values from one line to the next, and from one pixel of a line to the next. */
  readonly line: number;
  readonly step: number;
}

function blurLines(data: Uint8Array, radius: number, { lines, length, line, step }: Lines): Uint8Array {
  const blurred = new Uint8Array(data.length);
  const total = (radius + 1) ** 2;
  for (let l = 0; l < lines; l++) {
    for (let i = 0; i < length; i++) {
      const to = l * line + i * step;
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let d = -radius; d <= radius; d++) {
          const at = Math.min(length - 1, Math.max(0, i + d));
          sum += (radius + 1 - Math.abs(d)) * data[l * line + at * step + c];
        }
        blurred[to + c] = Math.floor((sum + (total >> 1)) / total);
      }
    }
  }
  return blurred;
}
