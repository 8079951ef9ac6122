import type { RgbImage } from "@amface/images";

export interface ColourFactors {
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
}

/**
 * Scales the values by `brightness`, then their distance to the photo's mean grey by `contrast`, then the distance
 * to the pixel's own grey by `saturation` (0 gives a grey photo). Rounded and cut to 0..255 once, at the end.
 */
export function adjustColours({ data, width, height }: RgbImage, factors: ColourFactors): RgbImage {
  const { brightness, contrast, saturation } = factors;
  let sum = 0;
  for (let i = 0; i < data.length; i += 3) sum += greyOf(data[i], data[i + 1], data[i + 2]);
  const mean = (brightness * sum) / (width * height);
  const scale = brightness * contrast;
  const offset = mean * (1 - contrast);
  const adjusted = new Uint8ClampedArray(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const r = data[i] * scale + offset;
    const g = data[i + 1] * scale + offset;
    const b = data[i + 2] * scale + offset;
    const grey = greyOf(r, g, b) * (1 - saturation);
    adjusted[i] = r * saturation + grey;
    adjusted[i + 1] = g * saturation + grey;
    adjusted[i + 2] = b * saturation + grey;
  }
  return { data: new Uint8Array(adjusted.buffer), width, height };
}

/** Luma of ITU-R BT.601. */
const greyOf = (r: number, g: number, b: number) => 0.299 * r + 0.587 * g + 0.114 * b;
