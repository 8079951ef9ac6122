import { inBlocks } from "../compile/blocks.ts";
import type { Emitter, Lowered, Value } from "../lazy/kernel.ts";
import { BLOCKS, NCHW } from "../runtime/layouts.ts";
import { onesOf, swapped, transposeBlocks } from "./channel-blocks.ts";
import { type ConvInfo, padsOf } from "./conv-form.ts";

/** Numbers of `dy` beyond which a processor's own cache does not hold them, and reading them is what takes time. */
const LARGE = 2 ** 20;

/** Whether the results' channels are whole blocks, and the images at least half a one: the rest of it is zeros, which cost as much. */
export function suitsFilterGradient({ batchSize, outChannels }: ConvInfo, { blockSize }: Emitter): boolean {
  return blockSize > 0 && outChannels % blockSize === 0 && 2 * batchSize >= blockSize;
}

/** Positions of a strip, of which sums over more lose digits, and its numbers, of which a processor's own cache does not hold more. */
const STRIP = { positions: 1024, numbers: 384 * 1024, leastRows: 4 };
/** Blocks of channels that a convolution computes at once. */
const TOGETHER = 4;

/** Into how many strips of equal height the results are cut, each of which sums by itself. */
function stripsOf({ outHeight, outWidth, outChannels }: ConvInfo, blockSize: number): number {
  const each = Math.min(outChannels, TOGETHER * blockSize) * blockSize;
  const most = Math.min(STRIP.positions, STRIP.numbers / each);
  for (let strips = 1; outHeight / strips >= STRIP.leastRows; strips++)
    if (outHeight % strips === 0 && (outHeight / strips) * outWidth <= most) return strips;
  return 1;
}

/**
 * Gradient by the filter as one convolution: channels take the place of the batch, the batch that of the channels, and `dy`
 * that of the filter; what was the stride is then the dilation, and the other way round. The convolution reads a strip of
 * `dy` for every row of taps of a channel, or of several channels whose columns take turns.
 */
export function filterGradientByBlocks(cx: Emitter, x: Value, dy: Value, shapes: ConvInfo): Lowered {
  const { graph, blockSize: b } = cx;
  const whole = { ...shapes, batchSize: Math.ceil(shapes.batchSize / b) * b };
  const skips = skipsPixels(whole, b);
  const info = skips ? withoutSkipped(whole) : whole;
  const { batchSize, inChannels, outChannels, filterHeight, filterWidth, outHeight, outWidth } = info;
  const abreast = abreastOf(info, b);
  const [blocks, results, strips] = [batchSize / b, outChannels / b, stripsOf(info, b)];
  const [group, rows] = [blocks * strips, outHeight / strips];
  const stored = skips ? everyStride(cx, x, whole) : cx.get(x, abreast === b ? BLOCKS : NCHW);
  const images = filledUp(cx, stored, shapes.batchSize, inChannels * info.inHeight * info.inWidth);
  const sums = graph.node(
    "com.microsoft.nchwc.Conv",
    [
      imagesInStrips(cx, images, info, strips, abreast),
      cx.reshape(slopesInStrips(cx, dy, info, strips), [group * outChannels, b, rows, outWidth]),
    ],
    {
      kernel_shape: [rows, outWidth],
      strides: [info.dilationHeight, info.dilationWidth],
      dilations: [info.strideHeight, info.strideWidth * abreast],
      group,
    },
  );
  const taps = [filterHeight, filterWidth];
  const sizes = [inChannels / abreast, results, ...taps, abreast];
  const each = cx.reshape(sums, [sizes[0], group, ...sizes.slice(1), b]);
  const sum = group === 1 ? each : graph.node("ReduceSum", [each, graph.ints([1])], { keepdims: 0 });
  const ordered = transposeBlocks(cx, sum, sizes, [2, 3, 0, 4, 1]);
  return { name: cx.reshape(ordered, [...taps, inChannels, outChannels]) };
}

/** Channels whose columns take turns. Those of a block do when they lie in one; two do where reading `dy` is what takes time. */
function abreastOf(info: ConvInfo, blockSize: number): number {
  const { batchSize, inChannels, outChannels, outHeight, outWidth, dilationWidth } = info;
  if (dilationWidth > 1) return 1;
  if (inChannels % blockSize === 0) return blockSize;
  const large = batchSize * outHeight * outWidth * outChannels > LARGE;
  return large && inChannels % 2 === 0 ? 2 : 1;
}

/** `dy` as filters, `[B / b, strips, out / b, positions, b images, b channels]`. */
function slopesInStrips(cx: Emitter, dy: Value, info: ConvInfo, strips: number): string {
  const { blockSize: b } = cx;
  const { batchSize, outChannels, outHeight, outWidth } = info;
  const [blocks, results, positions] = [batchSize / b, outChannels / b, outHeight * outWidth];
  const images = filledUp(cx, cx.get(dy, BLOCKS), dy.shape[0], outChannels * positions);
  if (strips === 1 || results === 1) return swapped(cx, images, blocks, b, results * positions);
  return transposeBlocks(cx, images, [b, results, strips, positions / strips], [2, 1, 3, 0]);
}

/**
 * The images as far as the filter reaches, `[in / abreast, B · strips, rows, W · abreast]` in blocks of the batch. Their
 * zeros are written out: the convolution computes what overlaps zeros of its own one by one.
 */
function imagesInStrips(
  cx: Emitter,
  stored: string,
  info: ConvInfo,
  strips: number,
  abreast: number,
): string {
  const { blockSize: b, graph } = cx;
  const { batchSize, inChannels, inHeight, inWidth, strideHeight } = info;
  const [blocks, channels, positions] = [batchSize / b, inChannels / abreast, inHeight * inWidth];
  const images = imagesInLanes(cx, stored, [blocks, b, inChannels, positions]);
  const inTurns = abreast === 2 ? swapped(cx, images, blocks * channels, abreast, positions) : images;
  const [top, left] = padsOf(info);
  // Negative where the stride leaves rows or columns over: those are cut off.
  const below = (info.outHeight - 1) * strideHeight + info.effectiveFilterHeight - top - inHeight;
  const behind = (info.outWidth - 1) * info.strideWidth + info.effectiveFilterWidth - left - inWidth;
  const width = (left + inWidth + behind) * abreast;
  const [tall, rows] = [
    top + inHeight + below,
    (info.outHeight / strips - 1) * strideHeight + info.effectiveFilterHeight,
  ];
  const sizes = [1, blocks * channels * b, inHeight, inWidth * abreast];
  const padded = withZeros(cx, cx.reshape(inTurns, sizes), sizes, [
    top,
    left * abreast,
    below,
    behind * abreast,
  ]);
  const shape = [channels, batchSize * strips, rows, width];
  if (strips * Math.min(blocks, channels) === 1) return cx.reshape(padded, shape);
  // Where a strip is the whole image, it moves in one piece.
  const [pieces, each] = strips === 1 ? [1, 1] : [tall, rows];
  const places = Array.from({ length: channels * blocks * strips * each }, (_, i) => {
    const [channel, block] = [
      Math.floor(i / (blocks * strips * each)),
      Math.floor(i / (strips * each)) % blocks,
    ];
    const [strip, row] = [Math.floor(i / each) % strips, i % each];
    const first = (strip * info.outHeight * strideHeight) / strips;
    return (block * channels + channel) * pieces + first + row;
  });
  const lines = cx.reshape(padded, [blocks * channels * pieces, (tall / pieces) * width * b]);
  return cx.reshape(graph.node("Gather", [lines, graph.ints(places)], { axis: 0 }), shape);
}

/** Images `[B, size]` and so many of zeros behind them that they are whole blocks. */
function filledUp(cx: Emitter, images: string, batch: number, size: number): string {
  const { blockSize, graph } = cx;
  const missing = (blockSize - (batch % blockSize)) % blockSize;
  if (missing === 0) return images;
  return graph.node("Pad", [cx.reshape(images, [batch, size]), graph.ints([0, 0, missing, 0])]);
}

/** Images of `[B / b, b, C, positions]` as `[B / b, 1, C, positions, b]`: those of a block in the lanes of a vector. */
function imagesInLanes(cx: Emitter, images: string, sizes: readonly number[]): string {
  const { blockSize: b, graph } = cx;
  if (sizes[0] > 1) return inBlocks(cx, cx.reshape(images, sizes));
  // Of one block, that would be work for one thread; a product with ones on the diagonal is for all.
  const matrix = cx.reshape(images, [b, sizes[2] * sizes[3]]);
  return cx.once(`lanes of ${matrix}`, () => {
    const diagonal = Float32Array.from({ length: b * b }, (_, i) => (i % (b + 1) === 0 ? 1 : 0));
    return graph.node("com.microsoft.FusedMatMul", [matrix, graph.constant(diagonal, [b, b])], { transA: 1 });
  });
}

/** Whether the filter sees single pixels, and by its stride not all of them. */
function skipsPixels(info: ConvInfo, blockSize: number): boolean {
  const { inChannels, filterHeight, filterWidth, strideHeight, strideWidth } = info;
  const isPixel = filterHeight * filterWidth === 1 && Math.max(...padsOf(info)) === 0;
  return isPixel && strideHeight * strideWidth > 1 && inChannels % blockSize === 0;
}

/** What is left to do when only the pixels that it sees are there. */
const withoutSkipped = (info: ConvInfo): ConvInfo => ({
  ...info,
  inHeight: info.outHeight,
  inWidth: info.outWidth,
  strideHeight: 1,
  strideWidth: 1,
});

/** Every pixel to which a stride leads, of images in blocks. */
function everyStride(cx: Emitter, x: Value, { inChannels, strideHeight, strideWidth }: ConvInfo): string {
  const images = cx.get(x, BLOCKS);
  const attributes = { kernel_shape: [1, 1], group: inChannels, strides: [strideHeight, strideWidth] };
  return cx.graph.node("com.microsoft.nchwc.Conv", [images, onesFor(cx, inChannels)], attributes);
}

/** The filter of each channel that leaves it as it is. */
const onesFor = (cx: Emitter, channels: number): string =>
  cx.reshape(onesOf(cx, channels), [channels, 1, 1, 1]);

/** Images in blocks, `[1, C, H, W]`, with rows and columns of zeros, or without some of their own. */
function withZeros(
  cx: Emitter,
  images: string,
  [, channels, height, width]: readonly number[],
  [top, left, bottom, right]: readonly number[],
): string {
  const { blockSize: b, graph } = cx;
  if (Math.min(bottom, right) < 0) {
    const rows = cx.reshape(images, [channels / b, height, width * b]);
    return graph.node("Pad", [rows, graph.ints([0, top, left * b, 0, bottom, right * b])]);
  }
  const pads = [top, left, bottom, right];
  if (Math.max(...pads) === 0) return images;
  // Pad works on one thread; a convolution with padding, of each channel by 1, on all.
  const attributes = { kernel_shape: [1, 1], group: channels, pads };
  return graph.node("com.microsoft.nchwc.Conv", [images, onesFor(cx, channels)], attributes);
}
