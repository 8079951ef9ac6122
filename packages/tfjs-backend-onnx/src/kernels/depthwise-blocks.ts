import type { Emitter, Lowered, Target, Value } from "../lazy/kernel.ts";
import { BLOCKS } from "../runtime/layouts.ts";
import { padsOf } from "./conv-form.ts";
import { restOf, type SlidingWindow, windowOf } from "./sliding-window.ts";

/*
 * Convolutions of each channel by itself in the processor's own layout: channels in blocks, which lie beside each other as
 * numbers of a vector do.
 */

/** Whether that layout suits: in training, where each channel has one result, and channels are whole blocks. */
export function suitsBlocks({ blockSize, hasGradients }: Target, info: SlidingWindow): boolean {
  const { inChannels, outChannels } = info;
  return hasGradients && blockSize > 0 && inChannels === outChannels && inChannels % blockSize === 0;
}

export function forwardInBlocks(cx: Emitter, x: Value, filter: Value, info: SlidingWindow): Lowered {
  const attributes = { ...windowOf(info), group: info.inChannels };
  const inputs = [cx.get(x, BLOCKS), inLanes(cx, tapsOf(cx, filter, info), info)];
  return { name: cx.graph.node("com.microsoft.nchwc.Conv", inputs, attributes), layout: BLOCKS };
}

/**
 * Gradient by the image: a convolution with the filter turned by 180°, of `dy` with zeros between its rows and columns where the
 * stride left some out.
 *
 * @param pads Rows and columns of zeros around that, none negative.
 */
export function inputGradientInBlocks(
  cx: Emitter,
  dy: Value,
  filter: Value,
  info: SlidingWindow,
  pads: readonly number[],
): Lowered {
  const { graph } = cx;
  const count = info.filterHeight * info.filterWidth;
  const backwards = graph.ints(Array.from({ length: count }, (_, i) => count - 1 - i));
  const turned = graph.node("Gather", [tapsOf(cx, filter, info), backwards], { axis: 0 });
  const inputs = [spread(cx, cx.get(dy, BLOCKS), info), inLanes(cx, turned, info)];
  const attributes = { ...windowOf(info), strides: [1, 1], group: info.inChannels, pads: [...pads] };
  return { name: graph.node("com.microsoft.nchwc.Conv", inputs, attributes), layout: BLOCKS };
}

/**
 * Gradient by the filter: every channel of every image convolved with what its gradients are as one filter, which lies in memory as
 * filters in blocks do; then the sum over the batch. What was the stride is then the dilation, and the other way round.
 */
export function filterGradientInBlocks(cx: Emitter, x: Value, dy: Value, info: SlidingWindow): Lowered {
  const { graph, blockSize } = cx;
  const { batchSize, inChannels, filterHeight, filterWidth, outHeight, outWidth } = info;
  const pieces = batchSize * inChannels;
  const images = cx.reshape(cx.get(x, BLOCKS), [1, pieces, info.inHeight, info.inWidth]);
  const filters = cx.reshape(cx.get(dy, BLOCKS), [pieces, 1, outHeight, outWidth]);
  const gradients = graph.node("com.microsoft.nchwc.Conv", [images, filters], {
    group: pieces,
    kernel_shape: [outHeight, outWidth],
    strides: [info.dilationHeight, info.dilationWidth],
    dilations: [info.strideHeight, info.strideWidth],
    pads: padsOf(info),
  });
  // Rows and columns that no window reached make some taps too many.
  const [rows, columns] = restOf(info);
  const [tall, wide] = [filterHeight + rows, filterWidth + columns];
  const each = cx.reshape(gradients, [batchSize, (inChannels / blockSize) * tall * wide * blockSize]);
  const sums = cx.reshape(graph.node("ReduceSum", [each, graph.ints([0])], { keepdims: 0 }), [
    inChannels / blockSize,
    tall,
    wide,
    blockSize,
  ]);
  const taps = cx.transpose(sums, [1, 2, 0, 3]);
  const ends = [filterHeight, filterWidth];
  const whole = rows + columns === 0;
  const own = whole
    ? taps
    : graph.node("Slice", [taps, graph.ints([0, 0]), graph.ints(ends), graph.ints([0, 1])]);
  return { name: cx.reshape(own, [filterHeight, filterWidth, inChannels, 1]) };
}

/** The filter as `[taps, C]`. */
const tapsOf = (
  cx: Emitter,
  filter: Value,
  { filterHeight, filterWidth, inChannels }: SlidingWindow,
): string => cx.reshape(cx.get(filter), [filterHeight * filterWidth, inChannels]);

/** Taps in blocks, `[C / b, taps, b]`. */
function inLanes(
  cx: Emitter,
  taps: string,
  { filterHeight, filterWidth, inChannels }: SlidingWindow,
): string {
  const { blockSize } = cx;
  const blocks = cx.reshape(taps, [filterHeight * filterWidth, inChannels / blockSize, blockSize]);
  return cx.reshape(cx.transpose(blocks, [1, 0, 2]), [inChannels, 1, filterHeight, filterWidth]);
}

/** Images in blocks with the zeros behind rows and columns that the stride asks for. */
function spread(cx: Emitter, images: string, info: SlidingWindow): string {
  const { blockSize, graph } = cx;
  const { batchSize, inChannels, outHeight, outWidth, strideHeight, strideWidth } = info;
  if (strideHeight * strideWidth === 1) return images;
  const rows = cx.reshape(images, [
    ((batchSize * inChannels) / blockSize) * outHeight,
    1,
    outWidth,
    blockSize,
  ]);
  const zeros = [strideHeight - 1, 0, (strideWidth - 1) * blockSize];
  const padded = graph.node("Pad", [rows, graph.ints([0, 0, 0, 0, 0, ...zeros])]);
  return cx.reshape(padded, [batchSize, inChannels, outHeight * strideHeight, outWidth * strideWidth]);
}
