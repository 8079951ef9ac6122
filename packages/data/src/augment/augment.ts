import { type CropDecoder, decodeImage, encodeJpeg, mirrorImage, type RgbImage } from "@amface/images";
import type { Random } from "../numbers/random.ts";
import { blurTent } from "./blur-tent.ts";
import { adjustColours } from "./colours.ts";
import { drawMask } from "./draw-mask.ts";
import { lowerResolution } from "./lower-resolution.ts";
import { RESAMPLE_KERNELS, type ResampleKernel } from "./resample.ts";
import { shiftImage } from "./shift-image.ts";

/** Changes to training photos besides the flip. Each is off where it is absent, and drawn by itself. */
export interface AugmentOptions {
  /** Probability with which a mask is drawn over nose, mouth and chin. */
  readonly maskProb?: number;
  /** Shifts the crop by up to so many pixels each way; the edge repeats. */
  readonly cropJitter?: number;
  /** Scales all values by a factor drawn from `1 ± brightness`. In [0, 1], as the next two. */
  readonly brightness?: number;
  /** Scales the distance to the photo's mean grey by a factor drawn from `1 ± contrast`. */
  readonly contrast?: number;
  /** Scales the distance to the pixel's own grey by a factor drawn from `1 ± saturation`. */
  readonly saturation?: number;
  /** Probability with which the photo becomes grey. */
  readonly grey?: number;
  /** Blurs with a radius of 0 to so many pixels. */
  readonly blur?: number;
  /** Probability with which the photo is made smaller and as large again as before. */
  readonly lowResAugmentationProb?: number;
  /** Share of each side that this leaves, drawn from `[lowest, highest]`, in (0, 1]; a sixth to a half by default. */
  readonly lowResSide?: readonly [number, number];
  /** How pixels are computed on the way down, and drawn anew on the way up; all kernels by default. */
  readonly lowResKernels?: readonly ResampleKernel[];
  /** Saves as JPEG and loads again, with a quality drawn from `[lowest, highest]` of 1 to 100. */
  readonly jpegQuality?: readonly [number, number];
  /** Covers a square with middle grey: its side as a share of the photo's shorter one, in [0, 1]. */
  readonly cutout?: number;
}

/**
 * Applies augmentations to a photo.
 *
 * @param random Named by seed, epoch and position. Every kind of change draws from a fork of its own, so that
 *   switching one on changes nothing in the others.
 * @returns A new image; `image` stays as it is.
 */
export async function augment(
  image: RgbImage,
  { flip, ...options }: AugmentOptions & { readonly flip: boolean },
  random: Random,
  decoder: CropDecoder,
): Promise<RgbImage> {
  const { cropJitter = 0, brightness = 0, contrast = 0, saturation = 0, grey = 0 } = options;
  const { blur = 0, jpegQuality, cutout = 0, maskProb = 0, lowResAugmentationProb = 0 } = options;
  const { lowResSide: side = [1 / 6, 1 / 2], lowResKernels: kernels = RESAMPLE_KERNELS } = options;
  const factor = (kind: string, range: number) => random.fork(kind).uniform(1 - range, 1 + range);
  const happens = (kind: string, probability: number) =>
    probability > 0 && random.fork(kind).chance(probability);
  let now = image;
  if (happens("mask", maskProb)) now = drawMask(now, random.fork("drawn mask"));
  if (cropJitter > 0) {
    const shift = random.fork("crop jitter");
    const [right, down] = [0, 0].map(() => shift.int(2 * cropJitter + 1) - cropJitter);
    now = shiftImage(now, right, down);
  }
  if (flip) now = mirrorImage(now);
  const toGrey = happens("grey", grey);
  if (brightness > 0 || contrast > 0 || saturation > 0 || toGrey) {
    now = adjustColours(now, {
      brightness: factor("brightness", brightness),
      contrast: factor("contrast", contrast),
      saturation: toGrey ? 0 : factor("saturation", saturation),
    });
  }
  if (blur > 0) now = blurTent(now, random.fork("blur").int(blur + 1));
  if (happens("low resolution", lowResAugmentationProb)) {
    now = lowerResolution(now, { side, kernels }, random.fork("lowered resolution"));
  }
  if (jpegQuality) {
    const [low, high] = jpegQuality;
    const bytes = await encodeJpeg(now, low + random.fork("jpeg").int(high - low + 1));
    now = decoder.decode(bytes) ?? (await decodeImage(bytes, "an augmented photo"));
  }
  return cutout > 0 ? cutOut(now, cutout, random.fork("cutout")) : now;
}

/** Covers a square whose middle lies anywhere in the photo. */
function cutOut({ data, width, height }: RgbImage, share: number, random: Random): RgbImage {
  const side = Math.round(share * Math.min(width, height));
  const left = random.int(width) - (side >> 1);
  const top = random.int(height) - (side >> 1);
  const covered = Uint8Array.from(data);
  const [from, to] = [Math.max(0, left), Math.min(width, left + side)];
  for (let y = Math.max(0, top); y < Math.min(height, top + side); y++) {
    covered.fill(128, (y * width + from) * 3, (y * width + to) * 3);
  }
  return { data: covered, width, height };
}

/** @throws {RangeError} When an option is out of range. */
export function checkAugment(options: AugmentOptions): void {
  const refuse = (name: string, expected: string, got: unknown): never => {
    throw new RangeError(`Cannot augment photos: expected ${name} to be ${expected}, got ${got}`);
  };
  const shares = ["brightness", "contrast", "saturation", "grey", "cutout", "maskProb"] as const;
  for (const name of [...shares, "lowResAugmentationProb"] as const) {
    const value = options[name] ?? 0;
    if (!(value >= 0 && value <= 1)) refuse(name, "from 0 to 1", value);
  }
  for (const name of ["cropJitter", "blur"] as const) {
    const value = options[name] ?? 0;
    if (!(Number.isInteger(value) && value >= 0)) refuse(name, "a whole number of pixels", value);
  }
  const [least, most] = options.lowResSide ?? [1, 1];
  if (!(least > 0 && least <= most && most <= 1)) {
    refuse("lowResSide", "two shares, 0 < lowest <= highest <= 1", `${least}, ${most}`);
  }
  const kernels = options.lowResKernels ?? RESAMPLE_KERNELS;
  if (kernels.length === 0 || !kernels.every((name) => RESAMPLE_KERNELS.includes(name))) {
    refuse("lowResKernels", `some of ${RESAMPLE_KERNELS.join(", ")}`, kernels.join(", ") || "none");
  }
  const [low, high] = options.jpegQuality ?? [1, 100];
  if (!(Number.isInteger(low) && Number.isInteger(high) && low >= 1 && low <= high && high <= 100)) {
    refuse("jpegQuality", "two whole numbers, 1 <= lowest <= highest <= 100", `${low}, ${high}`);
  }
}
