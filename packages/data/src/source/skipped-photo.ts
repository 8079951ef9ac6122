import type { ImageError } from "@amface/images";

/** A photo that was left out, and why. */
export interface SkippedPhoto {
  readonly path: string;
  readonly error: ImageError;
}
