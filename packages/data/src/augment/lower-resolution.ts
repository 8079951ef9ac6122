import type { RgbImage } from "@amface/images";
import type { Random } from "../numbers/random.ts";
import { type ResampleKernel, resample } from "./resample.ts";

export interface LowerResolutionOptions {
  /** Share of each side that is left, drawn from `[lowest, highest]`, in (0, 1]. */
  readonly side: readonly [number, number];
  /** One of these makes the photo smaller, one enlarges it again. */
  readonly kernels: readonly ResampleKernel[];
}

/** A photo as if it had had fewer pixels: made smaller, and as large again as before. */
export function lowerResolution(
  image: RgbImage,
  { side: [lowest, highest], kernels }: LowerResolutionOptions,
  random: Random,
): RgbImage {
  const side = random.uniform(lowest, highest);
  const [width, height] = [image.width, image.height].map((full) => Math.max(1, Math.round(full * side)));
  const small = resample(image, width, height, random.pick(kernels));
  return resample(small, image.width, image.height, random.pick(kernels));
}
