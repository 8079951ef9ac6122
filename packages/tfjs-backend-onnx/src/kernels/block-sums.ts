import type { Emitter } from "../lazy/kernel.ts";
import { sumInStages } from "./staged-sum.ts";

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
  const stretches = positions / length;
  const each = channels * stretches;
  const [count, group] = others ? [1, batch * each] : [batch, each];
  const ones = () =>
    cx.once(`ones ${group} ${length}`, () =>
      graph.constant(new Float32Array(group * length).fill(1), [group, 1, 1, length]),
    );
  const inputs = [
    cx.reshape(images, [count, group, 1, length]),
    others ? cx.reshape(others, [group, 1, 1, length]) : ones(),
  ];
  const sums = graph.node("com.microsoft.nchwc.Conv", inputs, { group, kernel_shape: [1, length] });
  const sizes = [batch, channels / blockSize, stretches, blockSize];
  return cx.reshape(sumInStages(cx, cx.reshape(sums, sizes), sizes, [0, 2]), [channels]);
}

/** The largest divisor of `size` up to `most`. */
export function largestDivisor(size: number, most: number): number {
  let divisor = Math.min(size, most);
  while (size % divisor > 0) divisor--;
  return divisor;
}
