import type { backend_util } from "@tensorflow/tfjs-core";
import { padsOf } from "./conv-form.ts";

/** A window that slides over an image: a pool's, or that of a convolution of each channel by itself. */
export type SlidingWindow = backend_util.Conv2DInfo;

/** The attributes of ONNX's operators for a window. */
export const windowOf = (info: SlidingWindow) => ({
  kernel_shape: [info.filterHeight, info.filterWidth],
  strides: [info.strideHeight, info.strideWidth],
  dilations: [info.dilationHeight, info.dilationWidth],
  pads: padsOf(info),
});

/** Rows and columns of the padded image that are left over behind the last window; negative where sizes round up. */
export function restOf(info: SlidingWindow): [rows: number, columns: number] {
  const [top, left, bottom, right] = padsOf(info);
  return [
    info.inHeight + top + bottom - (info.outHeight - 1) * info.strideHeight - info.effectiveFilterHeight,
    info.inWidth + left + right - (info.outWidth - 1) * info.strideWidth - info.effectiveFilterWidth,
  ];
}

/** Whether ONNX slides the window over the same places: sizes are rounded down, none lies in the padding alone. */
export function isOnnxWindow(info: SlidingWindow): boolean {
  const [rows, columns] = restOf(info);
  const [top, left, bottom, right] = padsOf(info);
  return (
    rows >= 0 &&
    columns >= 0 &&
    rows < info.strideHeight &&
    columns < info.strideWidth &&
    Math.max(top, bottom) < info.effectiveFilterHeight &&
    Math.max(left, right) < info.effectiveFilterWidth
  );
}
