import type { Emitter, Lowered, Value } from "../lazy/kernel.ts";
import { NCHW } from "../runtime/layouts.ts";
import { inBlocks } from "./channel-blocks.ts";
import { type ConvInfo, padsOf } from "./conv-form.ts";

/** Numbers of `dy` beyond which a processor's own cache does not hold them, and reading them is what takes time. */
const LARGE = 2 ** 20;

/** Whether the batch and the results' channels are whole blocks. */
export function hasWholeBlocks({ batchSize, outChannels }: ConvInfo, { blockSize }: Emitter): boolean {
  return blockSize > 0 && batchSize % blockSize === 0 && outChannels % blockSize === 0;
}

/** Positions of a strip: sums over more lose digits, and a processor's own cache does not hold them. */
const STRIP = 1024;
const LEAST_ROWS = 4;

/** Into how many strips of equal height the results are cut, each of which sums by itself. */
function stripsOf({ outHeight, outWidth }: ConvInfo): number {
  for (let strips = 1; outHeight / strips >= LEAST_ROWS; strips++)
    if (outHeight % strips === 0 && (outHeight / strips) * outWidth <= STRIP) return strips;
  return 1;
}

/**
 * Gradient by the filter as one convolution: channels take the place of the batch, the batch that of the channels, and `dy`
 * that of the filter; what was the stride is then the dilation, and the other way round. The convolution reads a strip of
 * `dy` for every row of taps of a channel, or of two channels whose columns take turns.
 */
export function filterGradientByBlocks(cx: Emitter, x: Value, dy: Value, info: ConvInfo): Lowered {
  const { graph, blockSize: b } = cx;
  const { batchSize, inChannels, outChannels, filterHeight, filterWidth, outHeight, outWidth } = info;
  const large = batchSize * outHeight * outWidth * outChannels > LARGE;
  const abreast = large && info.dilationWidth === 1 && inChannels % 2 === 0 ? 2 : 1;
  const [blocks, results, strips] = [batchSize / b, outChannels / b, stripsOf(info)];
  const [group, rows] = [blocks * strips, outHeight / strips];
  const slopes = inBlocks(cx, cx.get(dy, NCHW));
  const ofImages = cx.reshape(slopes, [blocks, b, results, strips, rows * outWidth, b]);
  const filters = cx.transpose(ofImages, [0, 3, 2, 4, 1, 5]);
  const sums = graph.node(
    "com.microsoft.nchwc.Conv",
    [
      imagesInStrips(cx, x, info, strips, abreast),
      cx.reshape(filters, [group * outChannels, b, rows, outWidth]),
    ],
    {
      kernel_shape: [rows, outWidth],
      strides: [info.dilationHeight, info.dilationWidth],
      dilations: [info.strideHeight, info.strideWidth * abreast],
      group,
    },
  );
  const taps = [filterHeight, filterWidth];
  const pairs = [results, ...taps, abreast, b];
  const each = cx.reshape(sums, [inChannels / abreast, group, ...pairs]);
  const sum = group === 1 ? each : graph.node("ReduceSum", [each, graph.ints([1])], { keepdims: 0 });
  const ordered = cx.transpose(cx.reshape(sum, [inChannels / abreast, ...pairs]), [2, 3, 0, 4, 1, 5]);
  return { name: cx.reshape(ordered, [...taps, inChannels, outChannels]) };
}

/**
 * The images as far as the filter reaches, `[in / abreast, B · strips, rows, W · abreast]` in blocks of the batch. Their
 * zeros are written out: the convolution computes what overlaps zeros of its own one by one.
 */
function imagesInStrips(cx: Emitter, x: Value, info: ConvInfo, strips: number, abreast: number): string {
  const { blockSize: b, graph } = cx;
  const { batchSize, inChannels, inHeight, inWidth, strideHeight } = info;
  const [blocks, channels, positions] = [batchSize / b, inChannels / abreast, inHeight * inWidth];
  const images = inBlocks(cx, cx.reshape(cx.get(x, NCHW), [blocks, b, inChannels, positions]));
  const byChannel = cx.transpose(
    cx.reshape(images, [blocks, channels, abreast, positions, b]),
    [1, 0, 3, 2, 4],
  );
  const [top, left] = padsOf(info);
  // Negative where the stride leaves rows or columns over: those are cut off.
  const below = (info.outHeight - 1) * strideHeight + info.effectiveFilterHeight - top - inHeight;
  const behind = (info.outWidth - 1) * info.strideWidth + info.effectiveFilterWidth - left - inWidth;
  const pixel = abreast * b;
  const whole = cx.reshape(byChannel, [channels * blocks, inHeight, inWidth * pixel]);
  const padded = graph.node("Pad", [whole, graph.ints([0, top, left * pixel, 0, below, behind * pixel])]);
  const rows = (info.outHeight / strips - 1) * strideHeight + info.effectiveFilterHeight;
  const shape = [channels, batchSize * strips, rows, (left + inWidth + behind) * abreast];
  if (strips === 1) return cx.reshape(padded, shape);
  const first = (strip: number) => (strip * info.outHeight * strideHeight) / strips;
  const places = Array.from({ length: strips * rows }, (_, i) => first(Math.floor(i / rows)) + (i % rows));
  return cx.reshape(graph.node("Gather", [padded, graph.ints(places)], { axis: 1 }), shape);
}
