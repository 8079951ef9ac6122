import type { RgbImage } from "@amface/images";

/** The part of an aligned crop that shows the face from the brows to the chin, as shares of width and height. */
const FACE = { left: 0.16, right: 0.84, top: 0.36, bottom: 0.9 };

/**
 * Least `sharpness` of a crop. Of 382 photos of LFW under 1 % are below it, and of 246 of CelebA none; of LFW's
 * blurred by a Gaussian of 2 pixels about half, by one of 3 pixels 98 %.
 */
export const MIN_SHARPNESS = 0.02;

/**
 * How sharp an aligned face is: the variance of the Laplacian (4 neighbours) of its grey levels, divided by the
 * variance of the grey levels themselves, so that a dark or flat photo does not count as a blurred one. Hair, background and
 * black borders are left out.
 *
 * @param crop An aligned face of 112×96: the figure depends on the size.
 * @returns 0 for a plain image.
 */
export function sharpness({ data, width, height }: RgbImage): number {
  const grey = new Float32Array(width * height);
  for (let i = 0, k = 0; i < grey.length; i++, k += 3) {
    grey[i] = 0.299 * data[k] + 0.587 * data[k + 1] + 0.114 * data[k + 2];
  }
  const [left, right] = [Math.round(width * FACE.left), Math.round(width * FACE.right)];
  const [top, bottom] = [Math.round(height * FACE.top), Math.round(height * FACE.bottom)];
  const sums = { level: 0, levelSquared: 0, edge: 0, edgeSquared: 0 };
  for (let y = top; y < bottom; y++) {
    for (let i = y * width + left; i < y * width + right; i++) {
      const level = grey[i];
      const edge = grey[i - 1] + grey[i + 1] + grey[i - width] + grey[i + width] - 4 * level;
      sums.level += level;
      sums.levelSquared += level * level;
      sums.edge += edge;
      sums.edgeSquared += edge * edge;
    }
  }
  const count = (right - left) * (bottom - top);
  const variance = (sum: number, squares: number) => Math.max(0, squares / count - (sum / count) ** 2);
  const levels = variance(sums.level, sums.levelSquared);
  return levels > 0 ? variance(sums.edge, sums.edgeSquared) / levels : 0;
}
