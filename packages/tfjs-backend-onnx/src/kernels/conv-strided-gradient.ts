import type { Emitter, Lowered, Value } from "../lazy/kernel.ts";
import { BLOCKS } from "../runtime/layouts.ts";
import { filterInBlocks } from "./channel-blocks.ts";
import { type ConvInfo, padsOf } from "./conv-form.ts";

/**
 * How an axis of a gradient by the image follows from `dy` where there is a stride `s`. A row `s · a + phase` has taps of its own:
 * those that leave the same rest as `phase + padding`. They meet the rows `a + first + m` of `dy`, `m` below `window`.
 */
interface Phases {
  readonly stride: number;
  readonly first: number;
  readonly window: number;
  /** Rows of zeros that `dy` lacks behind its last. */
  readonly behind: number;
  /** The tap of a phase that meets the `m`-th row of the window; -1 where none does. */
  tap(phase: number, m: number): number;
}

function phasesOf(inSize: number, outSize: number, taps: number, stride: number, padding: number): Phases {
  const first = Math.min(0, Math.ceil((padding - taps + 1) / stride));
  const last = Math.floor((stride - 1 + padding) / stride);
  return {
    ...{ stride, first, window: last - first + 1, behind: inSize / stride - outSize + last },
    tap(phase, m) {
      const tap = phase + padding - stride * (first + m);
      return tap < taps ? Math.max(tap, -1) : -1;
    },
  };
}

const rowsOf = (info: ConvInfo) =>
  phasesOf(info.inHeight, info.outHeight, info.filterHeight, info.strideHeight, padsOf(info)[0]);
const columnsOf = (info: ConvInfo) =>
  phasesOf(info.inWidth, info.outWidth, info.filterWidth, info.strideWidth, padsOf(info)[1]);

/** Whether `phasedInputGradient` suits: filters without gaps, and images of whole strides. */
export function suitsPhases(info: ConvInfo): boolean {
  const { inHeight, inWidth, strideHeight, strideWidth, dilationHeight, dilationWidth } = info;
  return (
    dilationHeight * dilationWidth === 1 &&
    inHeight % strideHeight === 0 &&
    inWidth % strideWidth === 0 &&
    rowsOf(info).behind >= 0 &&
    columnsOf(info).behind >= 0
  );
}

/**
 * Gradient of a convolution with a stride by its image: a convolution of `dy` in blocks gives all phases of a pixel as channels
 * of one, then each pixel goes to its place.
 */
export function phasedInputGradient(cx: Emitter, dy: Value, filter: Value, info: ConvInfo): Lowered {
  const { graph, blockSize } = cx;
  const { batchSize, inChannels, inHeight, inWidth } = info;
  const [rows, columns] = [rowsOf(info), columnsOf(info)];
  const phases = graph.node(
    "com.microsoft.nchwc.Conv",
    [cx.get(dy, BLOCKS), filterOfPhases(cx, filter, info)],
    {
      kernel_shape: [rows.window, columns.window],
      pads: [-rows.first, -columns.first, rows.behind, columns.behind],
    },
  );
  const pixels = cx.reshape(phases, [batchSize, (inChannels / blockSize) * inHeight * inWidth, blockSize]);
  const placed = graph.node("Gather", [pixels, graph.ints(placesOf(info, blockSize))], { axis: 1 });
  return { name: cx.reshape(placed, [batchSize, inChannels, inHeight, inWidth]), layout: BLOCKS };
}

/** The filter with the taps of all phases, whose results are its channels `[strideHeight, strideWidth, in]`. */
function filterOfPhases(cx: Emitter, filter: Value, info: ConvInfo): string {
  const { graph } = cx;
  const { filterHeight, filterWidth, inChannels, outChannels } = info;
  const [rows, columns] = [rowsOf(info), columnsOf(info)];
  const count = filterHeight * filterWidth;
  const window = rows.window * columns.window;
  const phases = rows.stride * columns.stride;
  const taps = Array.from({ length: window * phases }, (_, i) => {
    const [place, phase] = [Math.floor(i / phases), i % phases];
    const row = rows.tap(Math.floor(phase / columns.stride), Math.floor(place / columns.window));
    const column = columns.tap(phase % columns.stride, place % columns.window);
    return row < 0 || column < 0 ? count : row * filterWidth + column;
  });
  const zeros = graph.constant(new Float32Array(inChannels * outChannels), [1, inChannels, outChannels]);
  const own = cx.reshape(cx.get(filter), [count, inChannels, outChannels]);
  const padded = graph.node("Concat", [own, zeros], { axis: 0 });
  const chosen = graph.node("Gather", [padded, graph.ints(taps)], { axis: 0 });
  const each = cx.transpose(cx.reshape(chosen, [window, phases * inChannels, outChannels]), [0, 2, 1]);
  return filterInBlocks(cx, each, [rows.window, columns.window], outChannels, phases * inChannels);
}

/** Where the pixels `[in / b, H, W]` are among those of all phases, `[strideHeight, strideWidth, in / b, H / s, W / s]`. */
function placesOf(info: ConvInfo, blockSize: number): number[] {
  const { inChannels, inHeight, inWidth, strideHeight, strideWidth } = info;
  const blocks = inChannels / blockSize;
  const [tall, wide] = [inHeight / strideHeight, inWidth / strideWidth];
  return Array.from({ length: blocks * inHeight * inWidth }, (_, i) => {
    const [block, row, column] = [
      Math.floor(i / (inHeight * inWidth)),
      Math.floor(i / inWidth) % inHeight,
      i % inWidth,
    ];
    const phase = (row % strideHeight) * strideWidth + (column % strideWidth);
    const [a, b] = [Math.floor(row / strideHeight), Math.floor(column / strideWidth)];
    return ((phase * blocks + block) * tall + a) * wide + b;
  });
}
