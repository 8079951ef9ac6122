import type { Emitter, Lowered, Value } from "../lazy/kernel.ts";
import { BLOCKS, NCHW, relayout, sameLayout } from "../runtime/layouts.ts";
import { largestDivisor } from "./block-sums.ts";

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
  const sizes = [height * width, inChannels / inBlock, inBlock, outChannels / b];
  const name = transposeBlocks(cx, taps, sizes, [3, 1, 0, 2]);
  return cx.reshape(name, [outChannels, inChannels, height, width]);
}

/**
 * The same of filters `[taps, out, in]`, as gradients by the image have them.
 *
 * @param isTurned Whether by 180° too.
 */
export function transposedFilterInBlocks(
  cx: Emitter,
  taps: string,
  [height, width]: readonly [height: number, width: number],
  inChannels: number,
  outChannels: number,
  isTurned: boolean,
): string {
  const { graph, blockSize: b } = cx;
  const count = height * width;
  const lanes = graph.node("com.microsoft.nchwc.ReorderInput", [
    cx.reshape(taps, [count, outChannels, inChannels, 1]),
  ]);
  const sizes = [count, outChannels / b, inChannels / b, b];
  const name = transposeBlocks(cx, lanes, sizes, [1, 2, 0, 3], isTurned);
  return cx.reshape(name, [outChannels, inChannels, height, width]);
}

/**
 * Blocks `[count, ...sizes, b]`, for any count, with the axes of `sizes` in the order `perm` and their numbers as they are: all
 * threads move them, where ONNX's Transpose works on one.
 *
 * @param isReversed Whether the first axis runs backwards.
 */
export function transposeBlocks(
  cx: Emitter,
  name: string,
  sizes: readonly number[],
  perm: readonly number[],
  isReversed = false,
): string {
  const length = sizes.reduce((product, size) => product * size, 1);
  const order = cx.once(`blocks ${sizes} ${perm} ${isReversed}`, () => {
    const each = length / sizes[0];
    const places = new Int32Array(length);
    for (let i = 0; i < length; i++) places[i] = isReversed ? length - each - i + 2 * (i % each) : i;
    return cx.graph.constant(relayout(places, sizes, undefined, perm), [length]);
  });
  const blocks = cx.reshape(name, [-1, length, cx.blockSize]);
  return cx.graph.node("Gather", [blocks, order], { axis: 1 });
}

/** A vector of ones, `[C]`. */
export function onesOf(cx: Emitter, channels: number): string {
  return cx.once(`ones of ${channels} channels`, () =>
    cx.graph.constant(new Float32Array(channels).fill(1), [channels]),
  );
}

/** Each of `[…, n, 1]` once for every lane of a block, `[…, n, b]`: a product with ones takes a tenth of Expand's time. */
export function repeatedInLanes(cx: Emitter, numbers: string): string {
  const ones = cx.once("ones of a block", () =>
    cx.graph.constant(new Float32Array(cx.blockSize).fill(1), [1, cx.blockSize]),
  );
  return cx.once(`lanes ${numbers}`, () => cx.graph.node("MatMul", [numbers, ones]));
}

/** Rows of numbers among which threads share a product. */
const ROWS = 64;

/**
 * A tensor times a scalar, its numbers taken for channels of a block: in a sum with another, that takes no pass of its own.
 * `undefined` where they are no whole blocks.
 */
export function multipleInLanes(
  cx: Emitter,
  x: string,
  shape: readonly number[],
  scalar: string,
): string | undefined {
  const { graph, blockSize: b } = cx;
  const size = shape.reduce((product, size) => product * size, 1);
  if (b === 0 || size % b > 0) return undefined;
  const rows = largestDivisor(size / b, ROWS);
  const factors = repeatedInLanes(cx, cx.reshape(scalar, [1, 1]));
  const inputs = [cx.reshape(x, [1, b, rows, size / b / rows]), cx.reshape(factors, [b, 1, 1, 1])];
  const attributes = { group: b, kernel_shape: [1, 1] };
  return cx.reshape(graph.node("com.microsoft.nchwc.Conv", inputs, attributes), shape);
}

/** A result that something may broadcast to. */
export function outsideBlocks(cx: Emitter, { name, layout }: Lowered, value: Value): Lowered {
  if (!sameLayout(layout, BLOCKS)) return { name, layout };
  return { name: cx.relayout(name, value, layout, NCHW), layout: NCHW };
}
