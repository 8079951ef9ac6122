import type { RgbImage } from "@amface/images";

/**
 * How the pixels of another size are computed: each as a weighted mean of those around its place. `area` weighs by the area that
 * a pixel shares with the new one, as OpenCV's `INTER_AREA` does where both sides become smaller (PIL's `BOX` weighs all pixels
 * whose middle is in the new one alike, torch's `area` all that touch it).
 */
export const RESAMPLE_KERNELS = ["nearest", "area", "bilinear", "bicubic"] as const;
export type ResampleKernel = (typeof RESAMPLE_KERNELS)[number];

/** Reach in pixels to each side, and the weight at a distance. */
const SHAPES = {
  bilinear: { reach: 1, weight: (x: number) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { reach: 2, weight: keys },
} as const;

/**
 * Resizes a photo. Going down, a kernel is as much wider as the photo becomes smaller, so that every pixel counts, but for
 * `nearest`, which leaves pixels out. Rounded and cut to 0..255 once, at the end; the same on every runtime.
 */
export function resample(image: RgbImage, width: number, height: number, kernel: ResampleKernel): RgbImage {
  const across = taps(image.width, width, kernel);
  const down = taps(image.height, height, kernel);
  const rows = new Float64Array(image.height * width * 3);
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < width; x++) {
      const { from, weights } = across[x];
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++)
          sum += weights[k] * image.data[(y * image.width + from + k) * 3 + c];
        rows[(y * width + x) * 3 + c] = sum;
      }
    }
  }
  const data = new Uint8ClampedArray(width * height * 3);
  const line = width * 3;
  for (let y = 0; y < height; y++) {
    const { from, weights } = down[y];
    for (let i = 0; i < line; i++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k] * rows[(from + k) * line + i];
      data[y * line + i] = sum;
    }
  }
  return { data: new Uint8Array(data.buffer), width, height };
}

interface Taps {
  /** The first pixel that counts, and the weights from there on, 1 in all. */
  readonly from: number;
  readonly weights: readonly number[];
}

/** Which of `size` pixels in a line make each of `count`. */
function taps(size: number, count: number, kernel: ResampleKernel): Taps[] {
  const scale = size / count;
  return Array.from({ length: count }, (_, i) => {
    const middle = (i + 0.5) * scale;
    if (kernel === "nearest") return { from: Math.floor(middle), weights: [1] };
    if (kernel === "area") return overlap((i * size) / count, ((i + 1) * size) / count);
    const { reach, weight } = SHAPES[kernel];
    const stretch = Math.max(1, scale);
    const from = Math.max(0, Math.floor(middle - reach * stretch + 0.5));
    const to = Math.min(size, Math.floor(middle + reach * stretch + 0.5));
    const weights = Array.from({ length: to - from }, (_, k) => weight((from + k + 0.5 - middle) / stretch));
    const sum = weights.reduce((total, value) => total + value, 0);
    return { from, weights: weights.map((value) => value / sum) };
  });
}

/** How much of the line from `begin` to `end` lies in each pixel. */
function overlap(begin: number, end: number): Taps {
  const from = Math.floor(begin);
  const weights = Array.from({ length: Math.ceil(end) - from }, (_, k) => {
    const pixel = from + k;
    return (Math.min(end, pixel + 1) - Math.max(begin, pixel)) / (end - begin);
  });
  return { from, weights };
}

/** Keys' cubic convolution (1981) with a = -1/2. */
function keys(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}
