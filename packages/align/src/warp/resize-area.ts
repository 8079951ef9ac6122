import type { RgbImage } from "@amface/images";
import { AreaResampler, type Window } from "./resample-area.ts";

/** Resizes a window of a photo to 8-bit grey levels, as OpenCV's `resize` with `INTER_AREA`. */
export function resizeArea(image: RgbImage, window: Window, height: number, width: number): RgbImage {
  const plane = width * height;
  const planes = new Float32Array(3 * plane);
  new AreaResampler(image).resample(window, { width, height, round: true }, planes);
  const data = new Uint8Array(3 * plane);
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < 3; c++) data[3 * i + c] = planes[c * plane + i] * 128 + 127.5;
  }
  return { data, width, height };
}
