import type { Emitter, Lowered, Value } from "../lazy/kernel.ts";
import { CBHW, OIHW } from "../runtime/layouts.ts";
import { filterGradientByBlocks, suitsFilterGradient } from "./conv-filter-gradient-blocks.ts";
import { type ConvInfo, padsOf } from "./conv-form.ts";

/** Where one convolution beats a product a tap (measured on two AVX-512 cores): small maps of many channels. */
const SMALL_MAP = 100;
const MANY_PAIRS = 128 * 128;
const FEW_CHANNELS = 16;

/**
 * Gradient of a convolution by its filter: for every tap of the filter, the product of `dy` with the image
 * shifted by that tap, summed over batch and positions. TensorFlow.js has no gradient of dilated convolutions.
 */
export function filterGradient(cx: Emitter, x: Value, dy: Value, info: ConvInfo): Lowered {
  if (suitsFilterGradient(info, cx)) return filterGradientByBlocks(cx, x, dy, info);
  const { inChannels, outChannels } = info;
  const positions = info.outHeight * info.outWidth;
  const small = positions <= SMALL_MAP && inChannels * outChannels > MANY_PAIRS;
  const unequal = info.strideHeight !== info.strideWidth;
  // As a filter of one tap, `dy` would need padding, which ONNX Runtime 1.30 forgets there on WebGPU.
  return (small || unequal || inChannels < FEW_CHANNELS) && positions > 1
    ? byConvolution(cx, x, dy, info)
    : byProducts(cx, x, dy, info);
}

/** As one convolution: channels take the place of the batch, and `dy` that of the filter. */
function byConvolution(cx: Emitter, x: Value, dy: Value, info: ConvInfo): Lowered {
  const { graph } = cx;
  const { filterHeight: h, filterWidth: w } = info;
  const sums = graph.node("Conv", [cx.get(x, CBHW), cx.get(dy, CBHW)], {
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
function byProducts(cx: Emitter, x: Value, dy: Value, info: ConvInfo): Lowered {
  const { graph } = cx;
  const { inChannels, outChannels, filterHeight, filterWidth } = info;
  const { gradient, shift } = shiftedViews(cx, x, dy, info);
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

interface Views {
  /** `dy` as `[out, positions]`. */
  readonly gradient: string;
  /** The image as `[in, positions]`, moved by a tap of the filter. */
  readonly shift: (row: number, column: number) => string;
}

/**
 * With zeros behind every row and under every image, which the next row and image share as the padding
 * before them, a shift by a tap is a shift of the whole channel: one long copy. `dy` lies on the same grid. With a
 * stride of s the image, its padding written out, is first taken apart into s² of every s-th row and column.
 */
function shiftedViews(cx: Emitter, x: Value, dy: Value, info: ConvInfo): Views {
  const { graph } = cx;
  const { batchSize, inHeight, inWidth, inChannels, outChannels, outHeight, outWidth } = info;
  // With one position there is nowhere to stride to.
  const stride = outHeight * outWidth === 1 ? 1 : info.strideHeight;
  const [top, left, bottom, right] = padsOf(info);
  const cells = (before: number, size: number, behind: number, out: number, taps: number) =>
    stride === 1
      ? size + Math.max(before, behind)
      : Math.max(Math.ceil((before + size) / stride), out + Math.ceil(taps / stride) - 1);
  const rows = cells(top, inHeight, bottom, outHeight, info.filterHeight);
  const columns = cells(left, inWidth, right, outWidth, info.filterWidth);
  const positions = batchSize * rows * columns;
  const [above, aside] = stride === 1 ? [0, 0] : [top, left];
  const [below, behind] = [rows * stride - inHeight - above, columns * stride - inWidth - aside];
  const padded = graph.node("Pad", [cx.get(x, CBHW), graph.ints([0, 0, above, aside, 0, 0, below, behind])]);
  const phases = stride === 1 ? padded : graph.node("SpaceToDepth", [padded], { blocksize: stride });
  const step = (row: number, column: number) =>
    Math.floor(row / stride) * columns + Math.floor(column / stride);
  const first = stride === 1 ? top * columns + left : 0;
  const last = step(info.filterHeight - 1, info.filterWidth - 1);
  const image = graph.node("Pad", [
    cx.reshape(phases, [inChannels, stride * stride * positions]),
    graph.ints([0, first, 0, last - first]),
  ]);
  const shift = (row: number, column: number) => {
    const start = ((row % stride) * stride + (column % stride)) * positions + step(row, column);
    const [from, to] = [graph.ints([start]), graph.ints([start + positions])];
    return graph.node("Slice", [image, from, to, graph.ints([1])]);
  };
  const gaps = graph.ints([0, 0, 0, 0, 0, 0, rows - outHeight, columns - outWidth]);
  const gradient = cx.reshape(graph.node("Pad", [cx.get(dy, CBHW), gaps]), [outChannels, positions]);
  return { gradient, shift };
}
