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
 * product `[outWidth, inWidth]` the elements `[j, j · stride + column]` are those of the filter's `column`; its sum is the
 * tap's gradient. That is many times what is needed, and still several times faster than shifting images about.
 */
export function filterGradientByRows(cx: Emitter, x: Value, dy: Value, info: SlidingWindow): Lowered {
  const { graph } = cx;
  const { batchSize, inChannels, inHeight, inWidth, outHeight, outWidth } = info;
  const { filterHeight, filterWidth, strideHeight, strideWidth } = info;
  const [top, left, bottom, right] = padsOf(info);
  const width = left + inWidth + right;
  if (filterHeight === inHeight && filterWidth === inWidth && outHeight * outWidth === 1) {
    const pixels = cx.reshape(cx.get(x, CBHW), [inChannels, batchSize, inHeight * inWidth]);
    const slope = cx.reshape(cx.get(dy, CBHW), [inChannels, batchSize, 1]);
    const product = graph.node("com.microsoft.FusedMatMul", [slope, pixels], { transA: 1 });
    return { name: cx.reshape(product, [inChannels, 1, filterHeight, filterWidth]), layout: IMHW };
  }
  const padded = [top, left, bottom, right].some((pad) => pad > 0)
    ? graph.node("Pad", [cx.get(x, CBHW), graph.ints([0, 0, top, left, 0, 0, bottom, right])])
    : cx.get(x, CBHW);
  const slopes = cx.reshape(cx.get(dy, CBHW), [inChannels, batchSize * outHeight, outWidth]);
  const bounds = (row: number) => [
    graph.ints([row]),
    graph.ints([row + (outHeight - 1) * strideHeight + 1]),
    graph.ints([2]),
    ...(strideHeight > 1 ? [graph.ints([strideHeight])] : []),
  ];
  const taps = Array.from({ length: filterHeight }, (_, row) => {
    const rows = cx.reshape(graph.node("Slice", [padded, ...bounds(row)]), [
      inChannels,
      batchSize * outHeight,
      width,
    ]);
    return graph.node("com.microsoft.FusedMatMul", [slopes, rows], { transA: 1 });
  });
  const products = graph.node(
    "Concat",
    taps.map((tap) => cx.reshape(tap, [inChannels, 1, outWidth * width])),
    { axis: 1 },
  );
  // `[j, j · stride + column]` lies at `j · (width + stride) + column`.
  const step = width + strideWidth;
  const behind = graph.node("Pad", [products, graph.ints([0, 0, 0, 0, 0, outWidth * strideWidth])]);
  const diagonals = graph.node("Slice", [
    cx.reshape(behind, [inChannels, filterHeight, outWidth, step]),
    graph.ints([0]),
    graph.ints([filterWidth]),
    graph.ints([3]),
  ]);
  const sums = graph.node("ReduceSum", [diagonals, graph.ints([2])], { keepdims: 0 });
  return { name: cx.reshape(sums, [inChannels, 1, filterHeight, filterWidth]), layout: IMHW };
}
