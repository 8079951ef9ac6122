import type { Emitter } from "../lazy/kernel.ts";

/** Images `[B, C, H, W]` with channels in blocks, as numbers of a vector lie, `[B, C / b, H, W, b]`; once for all that want them. */
export function inBlocks(cx: Emitter, images: string): string {
  return cx.once(`blocks ${images}`, () => cx.graph.node("com.microsoft.nchwc.ReorderInput", [images]));
}

/** The same out of `[H, W, B, C]`, the channels of all images at once; `undefined` where they are no whole blocks. */
export function rowsInBlocks(
  cx: Emitter,
  images: string,
  [batch, height, width, channels]: readonly number[],
): string | undefined {
  if (channels % cx.blockSize > 0) return undefined;
  const together = cx.reshape(images, [1, height, width, batch * channels]);
  const blocks = cx.once(`blocks ${together}`, () =>
    cx.graph.node("com.microsoft.nchwc.ReorderInput", [together], { channels_last: 1 }),
  );
  return cx.reshape(blocks, [batch, channels, height, width]);
}

/** Images in blocks as `[B, C, H, W]`. */
export function outOfBlocks(cx: Emitter, blocks: string, channels: number): string {
  return cx.once(`images ${blocks}`, () =>
    cx.graph.node("com.microsoft.nchwc.ReorderOutput", [blocks], { channels }),
  );
}

/** Images in blocks, each channel multiplied by the number that a vector has for it, plus that of another where it is given. */
export function scaledBlocks(
  cx: Emitter,
  blocks: string,
  channels: number,
  [factor, ...shift]: readonly string[],
): string {
  const inputs = [blocks, cx.reshape(factor, [channels, 1, 1, 1]), ...shift];
  const attributes = { group: channels, kernel_shape: [1, 1] };
  return cx.graph.node("com.microsoft.nchwc.Conv", inputs, attributes);
}

/**
 * Blocks `[count, rows, columns, b]` as `[count, columns, rows, b]`: images of `columns · b` channels that lie behind each other
 * brought into blocks. All threads do that, and each in half of the time that one takes for ONNX's Transpose.
 */
export function swapped(cx: Emitter, blocks: string, count: number, rows: number, columns: number): string {
  const images = cx.reshape(blocks, [count, rows, 1, columns * cx.blockSize]);
  return cx.graph.node("com.microsoft.nchwc.ReorderInput", [images], { channels_last: 1 });
}

/** Filters `[taps, in, out]` in blocks of in by out, `[out / b, in / b, H, W, b, b]`; of fewer in, `[out / b, in, H, W, b]`. */
export function filterInBlocks(
  cx: Emitter,
  taps: string,
  [height, width]: readonly [height: number, width: number],
  inChannels: number,
  outChannels: number,
): string {
  const b = cx.blockSize;
  const inBlock = inChannels < b ? 1 : b;
  const blocks = cx.reshape(taps, [height * width, inChannels / inBlock, inBlock, outChannels / b, b]);
  const name = cx.transpose(blocks, [3, 1, 0, 2, 4]);
  return cx.reshape(name, [outChannels, inChannels, height, width]);
}

/** Each of `[…, n, 1]` once for every lane of a block, `[…, n, b]`: a product with ones takes a tenth of Expand's time. */
export function repeatedInLanes(cx: Emitter, numbers: string): string {
  const ones = cx.once("ones of a block", () =>
    cx.graph.constant(new Float32Array(cx.blockSize).fill(1), [1, cx.blockSize]),
  );
  return cx.once(`lanes ${numbers}`, () => cx.graph.node("MatMul", [numbers, ones]));
}

/** Sizes of images that lie in blocks. */
export interface BlockSizes {
  readonly batch: number;
  readonly channels: number;
  readonly positions: number;
}

/** Positions that a lane adds up one after the other, at most: sums over more lose digits. */
const STRETCH = 128;

/**
 * The sum of images in blocks, or of their products with others, channel by channel, `[C]`: a convolution of each stretch of a
 * channel with a filter that is as large.
 */
export function sumOfBlocks(
  cx: Emitter,
  images: string,
  { batch, channels, positions }: BlockSizes,
  others?: string,
): string {
  const { graph, blockSize } = cx;
  const length = largestDivisor(positions, STRETCH);
  const group = (channels * positions) / length;
  const [count, groups] = others ? [1, batch * group] : [batch, group];
  const ones = () =>
    cx.once(`ones ${group} ${length}`, () =>
      graph.constant(new Float32Array(group * length).fill(1), [group, 1, 1, length]),
    );
  const sums = graph.node(
    "com.microsoft.nchwc.Conv",
    [
      cx.reshape(images, [count, groups, 1, length]),
      others ? cx.reshape(others, [groups, 1, 1, length]) : ones(),
    ],
    { group: groups, kernel_shape: [1, length] },
  );
  const each = cx.reshape(sums, [batch, channels / blockSize, positions / length, blockSize]);
  return cx.reshape(graph.node("ReduceSum", [each, graph.ints([0, 2])], { keepdims: 0 }), [channels]);
}

function largestDivisor(size: number, most: number): number {
  let divisor = Math.min(size, most);
  while (size % divisor > 0) divisor--;
  return divisor;
}
