import type { RgbImage } from "@amface/images";
import { ResampleKernel } from "./resample-kernel.ts";

/** A rectangle of a photo in pixels; parts outside the photo count as black. */
export interface Window {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** What a window is resampled to. */
export interface Resampling {
  readonly width: number;
  readonly height: number;
  /** Whether values are rounded to whole grey levels, as where OpenCV resizes 8-bit photos. */
  readonly round: boolean;
  /** Only these rows, the first and the one behind the last; all when left out. */
  readonly rows?: readonly [begin: number, end: number];
}

let kernel: ResampleKernel | undefined;

/**
 * Resamples windows of one photo as OpenCV's `resize` with `INTER_AREA`: area averaging where both axes shrink, its
 * stretched linear blend otherwise; rounded, halves go up where the window is exactly halved, to even otherwise. The
 * results are the detector's inputs, `(p - 127.5) / 128`, in planes of red, green, blue.
 *
 * The photo is copied: what happens to its data afterwards is not seen.
 */
export class AreaResampler {
  readonly #image: RgbImage;

  constructor(image: RgbImage) {
    if (kernel?.isLarge) kernel = undefined;
    kernel ??= new ResampleKernel();
    kernel.photo = image;
    this.#image = image;
  }

  /** @param out Receives three planes of `rows * width` numbers each, from `offset` on. */
  resample(
    window: Window,
    { width, height, round, rows = [0, height] }: Resampling,
    out: Float32Array,
    offset = 0,
  ): void {
    const shared = kernel as ResampleKernel;
    // Another photo may have been looked at since.
    if (shared.photo !== this.#image) shared.photo = this.#image;
    const halves = window.width === 2 * width && window.height === 2 * height;
    out.set(shared.resample(window, [width, height], rows, !round ? 0 : halves ? 2 : 1), offset);
  }
}
