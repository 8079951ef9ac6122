import { type Layout, OIHW } from "../layouts.ts";
import type { LazyValue } from "../lazy-graph.ts";
import type { Lowered, Lowering } from "../lowering.ts";
import { type ConvInfo, padsOf } from "./conv-form.ts";

/** Images `[B, H, W, C]` stored as `[C, B, H, W]`: every channel in one piece. */
const CNHW: Layout = [3, 0, 1, 2];

/** Below these sizes one convolution beats a product a tap (measured on two AVX-512 cores). */
const SMALL_MAP = 100;
const FEW_CHANNELS = 16;

/**
 * Gradient of a convolution by its filter: for every tap of the filter, the product of `dy` with the image
 * shifted by that tap, summed over batch and positions. TensorFlow.js has no gradient of dilated convolutions.
 */
export function filterGradient(cx: Lowering, x: LazyValue, dy: LazyValue, info: ConvInfo): Lowered {
  const positions = info.outHeight * info.outWidth;
  const small = positions <= SMALL_MAP || info.inChannels < FEW_CHANNELS;
  // As a filter of one tap, `dy` would need padding, which ONNX Runtime 1.30 forgets there on WebGPU.
  return small && positions > 1 ? byConvolution(cx, x, dy, info) : byProducts(cx, x, dy, info);
}

/** As one convolution: channels take the place of the batch, and `dy` that of the filter. */
function byConvolution(cx: Lowering, x: LazyValue, dy: LazyValue, info: ConvInfo): Lowered {
  const { graph } = cx;
  const { filterHeight: h, filterWidth: w } = info;
  const sums = graph.node("Conv", [cx.get(x, CNHW), cx.get(dy, CNHW)], {
    kernel_shape: [info.outHeight, info.outWidth],
    dilations: [info.strideHeight, info.strideWidth],
    pads: padsOf(info),
  });
  // Where the strides leave rows or columns over, there are taps beyond the filter's.
  const [top, left, bottom, right] = padsOf(info);
  const overHeight = info.inHeight + top + bottom - (info.outHeight - 1) * info.strideHeight - 1;
  const overWidth = info.inWidth + left + right - (info.outWidth - 1) * info.strideWidth - 1;
  const exact = overHeight < h && overWidth < w;
  const cropped = exact
    ? sums
    : graph.node("Slice", [sums, graph.ints([0, 0]), graph.ints([h, w]), graph.ints([2, 3])]);
  return { name: cx.transpose(cropped, [1, 0, 2, 3]), layout: OIHW };
}

/** As one matrix product a tap of `dy` with the image shifted by that tap. */
function byProducts(cx: Lowering, x: LazyValue, dy: LazyValue, info: ConvInfo): Lowered {
  const { graph } = cx;
  const { inChannels, outChannels, filterHeight, filterWidth } = info;
  const { gradient, shift } = keepsSize(info) ? flatViews(cx, x, dy, info) : stridedViews(cx, x, dy, info);
  const taps: string[] = [];
  for (let row = 0; row < filterHeight; row++) {
    for (let column = 0; column < filterWidth; column++) {
      const product = graph.node("Gemm", [gradient, shift(row, column)], { transB: 1 });
      taps.push(cx.reshape(product, [1, outChannels, inChannels]));
    }
  }
  const stacked = taps.length > 1 ? graph.node("Concat", taps, { axis: 0 }) : taps[0];
  const filter = cx.transpose(stacked, [1, 2, 0]);
  return { name: cx.reshape(filter, [outChannels, inChannels, filterHeight, filterWidth]), layout: OIHW };
}

function keepsSize(info: ConvInfo): boolean {
  const [top, left, bottom, right] = padsOf(info);
  const sameSize = top + bottom === info.filterHeight - 1 && left + right === info.filterWidth - 1;
  return info.strideHeight === 1 && info.strideWidth === 1 && sameSize;
}

interface Views {
  /** `dy` as `[out, positions]`. */
  readonly gradient: string;
  /** The image as `[in, positions]`, moved by a tap of the filter. */
  readonly shift: (row: number, column: number) => string;
}

/**
 * With zeros behind every row and under every image, which the next row and image share as the padding
 * before them, a shift by a tap is a shift of the whole channel: one long copy.
 */
function flatViews(cx: Lowering, x: LazyValue, dy: LazyValue, info: ConvInfo): Views {
  const { graph } = cx;
  const { batchSize, inHeight, inWidth, inChannels, outChannels } = info;
  const [top, left, bottom, right] = padsOf(info);
  const [rows, columns] = [inHeight + Math.max(top, bottom), inWidth + Math.max(left, right)];
  const positions = batchSize * rows * columns;
  const gaps = graph.ints([0, 0, 0, 0, 0, 0, rows - inHeight, columns - inWidth]);
  const flat = (value: LazyValue, channels: number) =>
    cx.reshape(graph.node("Pad", [cx.get(value, CNHW), gaps]), [channels, positions]);
  const margins = graph.ints([0, top * columns + left, 0, bottom * columns + right]);
  const image = graph.node("Pad", [flat(x, inChannels), margins]);
  const shift = (row: number, column: number) => {
    const start = row * columns + column;
    return graph.node("Slice", [
      image,
      graph.ints([start]),
      graph.ints([start + positions]),
      graph.ints([1]),
    ]);
  };
  return { gradient: flat(dy, outChannels), shift };
}

/** Views of the padded image, every stride-th row and column from the tap on. */
function stridedViews(cx: Lowering, x: LazyValue, dy: LazyValue, info: ConvInfo): Views {
  const { graph } = cx;
  const { batchSize, inChannels, outChannels, outHeight, outWidth, strideHeight, strideWidth } = info;
  const [top, left, bottom, right] = padsOf(info);
  const positions = batchSize * outHeight * outWidth;
  const pads = [0, 0, top, left, 0, 0, bottom, right];
  const image = cx.get(x, CNHW);
  const padded = pads.some((size) => size > 0) ? graph.node("Pad", [image, graph.ints(pads)]) : image;
  const shift = (row: number, column: number) => {
    const view = graph.node("Slice", [
      padded,
      graph.ints([row, column]),
      graph.ints([row + (outHeight - 1) * strideHeight + 1, column + (outWidth - 1) * strideWidth + 1]),
      graph.ints([2, 3]),
      graph.ints([strideHeight, strideWidth]),
    ]);
    return cx.reshape(view, [inChannels, positions]);
  };
  return { gradient: cx.reshape(cx.get(dy, CNHW), [outChannels, positions]), shift };
}
