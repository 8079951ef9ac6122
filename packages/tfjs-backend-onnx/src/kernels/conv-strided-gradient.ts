import type { Emitter, Lowered, Value } from "../lazy/kernel.ts";
import { BLOCKS } from "../runtime/layouts.ts";
import { transposedFilterInBlocks } from "./channel-blocks.ts";
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
  const { batchSize, inChannels, inHeight, inWidth, strideHeight, strideWidth } = info;
  const [rows, columns] = [rowsOf(info), columnsOf(info)];
  const phases = phasesWithTaps(info);
  // Pixels of the others are zeros, which a further row of them has.
  const spare = phases.length < strideHeight * strideWidth ? 1 : 0;
  const results = graph.node(
    "com.microsoft.nchwc.Conv",
    [cx.get(dy, BLOCKS), filterOfPhases(cx, filter, info)],
    {
      kernel_shape: [rows.window, columns.window],
      pads: [-rows.first, -columns.first, rows.behind + spare, columns.behind],
    },
  );
  const each = (inHeight / strideHeight + spare) * (inWidth / strideWidth);
  const pixels = cx.reshape(results, [batchSize, phases.length * (inChannels / blockSize) * each, blockSize]);
  const sizes = [inChannels, inHeight, inWidth, strideHeight, strideWidth];
  const places = cx.once(`places of pixels ${sizes} in phases ${phases}`, () => {
    const all = placesOf(info, phases, spare, blockSize);
    return graph.constant(all, [all.length]);
  });
  const placed = graph.node("Gather", [pixels, places], { axis: 1 });
  return { name: cx.reshape(placed, [batchSize, inChannels, inHeight, inWidth]), layout: BLOCKS };
}

/** The phases that a filter smaller than the stride leaves some pixels of, `row · strideWidth + column`. */
function phasesWithTaps(info: ConvInfo): number[] {
  const [rows, columns] = [rowsOf(info), columnsOf(info)].map((axis) =>
    Array.from({ length: axis.stride }, (_, phase) => phase).filter((phase) =>
      Array.from({ length: axis.window }, (_, m) => axis.tap(phase, m)).some((tap) => tap >= 0),
    ),
  );
  return rows.flatMap((row) => columns.map((column) => row * info.strideWidth + column));
}

/** The filter with the taps of the phases that have any, whose results are its channels `[phases, in]`. */
function filterOfPhases(cx: Emitter, filter: Value, info: ConvInfo): string {
  const { graph } = cx;
  const { filterHeight, filterWidth, inChannels, outChannels } = info;
  const [rows, columns] = [rowsOf(info), columnsOf(info)];
  const count = filterHeight * filterWidth;
  const window = rows.window * columns.window;
  const phases = phasesWithTaps(info);
  const taps = Array.from({ length: window * phases.length }, (_, i) => {
    const [place, phase] = [Math.floor(i / phases.length), phases[i % phases.length]];
    const row = rows.tap(Math.floor(phase / columns.stride), Math.floor(place / columns.window));
    const column = columns.tap(phase % columns.stride, place % columns.window);
    return row < 0 || column < 0 ? count : row * filterWidth + column;
  });
  const zeros = graph.constant(new Float32Array(inChannels * outChannels), [1, inChannels, outChannels]);
  const own = cx.reshape(cx.get(filter), [count, inChannels, outChannels]);
  const padded = graph.node("Concat", [own, zeros], { axis: 0 });
  const chosen = graph.node("Gather", [padded, graph.ints(taps)], { axis: 0 });
  const results = phases.length * inChannels;
  return transposedFilterInBlocks(cx, chosen, [rows.window, columns.window], outChannels, results, false);
}

/** Where the pixels `[in / b, H, W]` are among those of phases, `[phases, in / b, H / s + spare, W / s]`: zeros are in the spare row. */
function placesOf(info: ConvInfo, phases: readonly number[], spare: number, blockSize: number): Int32Array {
  const { inChannels, inHeight, inWidth, strideHeight, strideWidth } = info;
  const blocks = inChannels / blockSize;
  const [tall, wide] = [inHeight / strideHeight, inWidth / strideWidth];
  const places = new Int32Array(blocks * inHeight * inWidth);
  let i = 0;
  for (let block = 0; block < blocks; block++) {
    for (let row = 0; row < inHeight; row++) {
      for (let column = 0; column < inWidth; column++) {
        const phase = phases.indexOf((row % strideHeight) * strideWidth + (column % strideWidth));
        const a = phase < 0 ? tall : Math.floor(row / strideHeight);
        const image = Math.max(phase, 0) * blocks + block;
        places[i++] = (image * (tall + spare) + a) * wide + Math.floor(column / strideWidth);
      }
    }
  }
  return places;
}
