import type { Emitter, Lowered, Value } from "../lazy/kernel.ts";
import { CBHW, type Layout } from "../runtime/layouts.ts";
import { padsOf } from "./conv-form.ts";
import type { SlidingWindow } from "./sliding-window.ts";

/** Filters `[H, W, in, multiplier]` stored as `[in, multiplier, H, W]`. */
export const IMHW: Layout = [2, 3, 0, 1];

/** Beyond this width of the result products take more than they save. */
const WIDEST = 64;

/** Whether `filterGradientByRows` suits: filters without gaps, one a channel. */
export function suitsRows(info: SlidingWindow): boolean {
  const { inChannels, outChannels, dilationHeight, dilationWidth, outWidth } = info;
  return inChannels === outChannels && dilationHeight * dilationWidth === 1 && outWidth <= WIDEST;
}

/**
 * Gradient of a depthwise convolution by its filter, of which each channel has one: for every row of the filter one
 * product a channel, of `dy` `[B·outHeight, outWidth]`, transposed, with the image's rows that the filter's row meets. Of the
 * product `[outWidth, inWidth]` the elements `[j, j · stride + column − left]` are those of the filter's `column`; their sum
 * is the tap's gradient, taken by a product with ones in those places. That is many times what is needed, and still
 * several times faster than shifting images about.
 */
export function filterGradientByRows(cx: Emitter, x: Value, dy: Value, info: SlidingWindow): Lowered {
  const { graph } = cx;
  const { batchSize, inChannels, inHeight, inWidth, outHeight, outWidth } = info;
  const { filterHeight, filterWidth, strideHeight } = info;
  const [top] = padsOf(info);
  if (filterHeight === inHeight && filterWidth === inWidth && outHeight * outWidth === 1) {
    const pixels = cx.reshape(cx.get(x, CBHW), [inChannels, batchSize, inHeight * inWidth]);
    const slope = cx.reshape(cx.get(dy, CBHW), [inChannels, batchSize, 1]);
    const product = graph.node("com.microsoft.FusedMatMul", [slope, pixels], { transA: 1 });
    return { name: cx.reshape(product, [inChannels, 1, filterHeight, filterWidth]), layout: IMHW };
  }
  const taps = Array.from({ length: filterHeight }, (_, row) => {
    // Rows of the result whose window's `row` lies in the image.
    const first = Math.max(0, Math.ceil((top - row) / strideHeight));
    const end = Math.min(outHeight, Math.floor((inHeight - 1 + top - row) / strideHeight) + 1);
    const rows = end - first;
    if (rows <= 0)
      return graph.constant(new Float32Array(inChannels * filterWidth), [inChannels, filterWidth]);
    const from = first * strideHeight + row - top;
    const slopes = slicedRows(cx, cx.get(dy, CBHW), outHeight, { from: first, rows, step: 1 });
    const images = slicedRows(cx, cx.get(x, CBHW), inHeight, { from, rows, step: strideHeight });
    const factors = [
      cx.reshape(slopes, [inChannels, batchSize * rows, outWidth]),
      cx.reshape(images, [inChannels, batchSize * rows, inWidth]),
    ];
    const products = graph.node("com.microsoft.FusedMatMul", factors, { transA: 1 });
    return graph.node("Gemm", [cx.reshape(products, [inChannels, outWidth * inWidth]), diagonals(cx, info)]);
  });
  const gradient = graph.node("Concat", taps, { axis: 1 });
  return { name: cx.reshape(gradient, [inChannels, 1, filterHeight, filterWidth]), layout: IMHW };
}

/** Every `step`-th row of images `[C, B, H, W]`, `height` rows high. */
function slicedRows(
  { graph }: Emitter,
  images: string,
  height: number,
  { from, rows, step }: { readonly from: number; readonly rows: number; readonly step: number },
): string {
  if (rows === height && step === 1) return images;
  const bounds = [from, from + (rows - 1) * step + 1, 2, step].map((value) => graph.ints([value]));
  return graph.node("Slice", [images, ...bounds]);
}

/** Ones `[outWidth · inWidth, filterWidth]` where the product's element `[j, j · stride + column − left]` is the column's. */
function diagonals(cx: Emitter, info: SlidingWindow): string {
  const { inWidth, outWidth, filterWidth, strideWidth } = info;
  const [, left] = padsOf(info);
  return cx.once(`diagonals ${[inWidth, outWidth, filterWidth, strideWidth, left]}`, () => {
    const ones = new Float32Array(outWidth * inWidth * filterWidth);
    for (let j = 0; j < outWidth; j++)
      for (let column = 0; column < filterWidth; column++) {
        const at = j * strideWidth + column - left;
        if (at >= 0 && at < inWidth) ones[(j * inWidth + at) * filterWidth + column] = 1;
      }
    return cx.graph.constant(ones, [outWidth * inWidth, filterWidth]);
  });
}
