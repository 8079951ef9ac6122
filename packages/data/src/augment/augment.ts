import { type CropDecoder, decodeImage, encodeJpeg, mirrorImage, type RgbImage } from "@amface/images";
import type { Random } from "../numbers/random.ts";
import { blurTent } from "./blur-tent.ts";
import { adjustColours } from "./colours.ts";
import { shiftImage } from "./shift-image.ts";

/** Changes to training photos besides the flip. Each is off where it is absent, and drawn by itself. */
export interface AugmentOptions {
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
  const { blur = 0, jpegQuality, cutout = 0 } = options;
  const factor = (kind: string, range: number) => random.fork(kind).uniform(1 - range, 1 + range);
  let now = image;
  if (cropJitter > 0) {
    const shift = random.fork("crop jitter");
    const [right, down] = [0, 0].map(() => shift.int(2 * cropJitter + 1) - cropJitter);
    now = shiftImage(now, right, down);
  }
  if (flip) now = mirrorImage(now);
  const toGrey = grey > 0 && random.fork("grey").chance(grey);
  if (brightness > 0 || contrast > 0 || saturation > 0 || toGrey) {
    now = adjustColours(now, {
      brightness: factor("brightness", brightness),
      contrast: factor("contrast", contrast),
      saturation: toGrey ? 0 : factor("saturation", saturation),
    });
  }
  if (blur > 0) now = blurTent(now, random.fork("blur").int(blur + 1));
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
  for (const name of ["brightness", "contrast", "saturation", "grey", "cutout"] as const) {
    const value = options[name] ?? 0;
    if (!(value >= 0 && value <= 1)) refuse(name, "from 0 to 1", value);
  }
  for (const name of ["cropJitter", "blur"] as const) {
    const value = options[name] ?? 0;
    if (!(Number.isInteger(value) && value >= 0)) refuse(name, "a whole number of pixels", value);
  }
  const [low, high] = options.jpegQuality ?? [1, 100];
  if (!(Number.isInteger(low) && Number.isInteger(high) && low >= 1 && low <= high && high <= 100)) {
    refuse("jpegQuality", "two whole numbers, 1 <= lowest <= highest <= 100", `${low}, ${high}`);
  }
}
