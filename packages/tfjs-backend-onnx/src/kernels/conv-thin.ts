import type { Emitter, Value } from "../lazy/kernel.ts";
import { CBHW, HWBC, type Layout } from "../runtime/layouts.ts";
import { directForm } from "./conv-direct.ts";
import { type ConvForm, type ConvInfo, padsOf } from "./conv-form.ts";

/** Images `[B, H, W, C]` stored as `[C, H, W, B]`. */
const CHWB: Layout = [3, 1, 2, 0];

/** Up to here (channels times taps) a product with copies of the image beats ONNX's convolution. */
const LARGEST_DEPTH = 64;

/**
 * A convolution of images with few channels, such as a net's first: all taps' views of the image are laid above
 * each other, `[taps · in, positions]`, for one matrix product.
 *
 * @param layout In which the result lies, and its gradient is read.
 */
export function thinForm(info: ConvInfo, layout: typeof HWBC | typeof CBHW = HWBC): ConvForm | undefined {
  const depth = info.inChannels * info.filterHeight * info.filterWidth;
  const suits = depth > info.inChannels && depth <= LARGEST_DEPTH && info.outChannels >= 2 * info.inChannels;
  if (!suits) return undefined;
  const { batchSize, outHeight, outWidth, outChannels, filterHeight, filterWidth, inChannels } = info;
  if (layout === CBHW) return channelsFirst(info, depth);
  return {
    layouts: [undefined, undefined, undefined],
    forward(cx, x, filter, bias) {
      const weights = cx.reshape(cx.get(filter), [depth, outChannels]);
      const inputs = [views(cx, x, info, CHWB), weights];
      const name = cx.graph.node("Gemm", bias ? [...inputs, bias] : inputs, { transA: 1 });
      return { name: cx.reshape(name, [outHeight, outWidth, batchSize, outChannels]), layout: HWBC };
    },
    inputGradient: directForm(info).inputGradient,
    filterGradient(cx, x, dy) {
      const gradient = cx.reshape(cx.get(dy, HWBC), [outHeight * outWidth * batchSize, outChannels]);
      const name = cx.graph.node("Gemm", [views(cx, x, info, CHWB), gradient]);
      return { name: cx.reshape(name, [filterHeight, filterWidth, inChannels, outChannels]) };
    },
  };
}

/** The same for results of which every channel lies in one piece. */
function channelsFirst(info: ConvInfo, depth: number): ConvForm {
  const { batchSize, outHeight, outWidth, outChannels, filterHeight, filterWidth, inChannels } = info;
  return {
    layouts: [undefined, undefined, CBHW],
    forward(cx, x, filter, bias) {
      const inputs = [cx.reshape(cx.get(filter), [depth, outChannels]), views(cx, x, info, CBHW)];
      if (bias) inputs.push(cx.reshape(bias, [outChannels, 1]));
      const name = cx.graph.node("Gemm", inputs, { transA: 1 });
      return { name: cx.reshape(name, [outChannels, batchSize, outHeight, outWidth]), layout: CBHW };
    },
    inputGradient: directForm(info).inputGradient,
    filterGradient(cx, x, dy) {
      const gradient = cx.reshape(cx.get(dy, CBHW), [outChannels, batchSize * outHeight * outWidth]);
      const name = cx.graph.node("Gemm", [views(cx, x, info, CBHW), gradient], { transB: 1 });
      return { name: cx.reshape(name, [filterHeight, filterWidth, inChannels, outChannels]) };
    },
  };
}

/** The image as every tap of the filter sees it, `[taps · in, positions]` with the result's, in the order of the layout. */
function views(cx: Emitter, x: Value, info: ConvInfo, layout: Layout): string {
  const { graph } = cx;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth, outHeight, outWidth } = info;
  const image = cx.get(x, layout);
  const axes = layout === CHWB ? [1, 2] : [2, 3];
  return cx.once(
    `views ${image} ${[axes, padsOf(info), info.filterShape, strideHeight, strideWidth]}`,
    () => {
      const [top, left, bottom, right] = padsOf(info);
      const pads = [0, 0, 0, 0, 0, 0, 0, 0];
      for (const [i, axis] of axes.entries()) {
        pads[axis] = [top, left][i];
        pads[axis + 4] = [bottom, right][i];
      }
      const padded = graph.node("Pad", [image, graph.ints(pads)]);
      const taps: string[] = [];
      for (let row = 0; row < info.filterHeight; row++) {
        for (let column = 0; column < info.filterWidth; column++) {
          const [y, x] = [row * dilationHeight, column * dilationWidth];
          const view = graph.node("Slice", [
            padded,
            graph.ints([y, x]),
            graph.ints([y + (outHeight - 1) * strideHeight + 1, x + (outWidth - 1) * strideWidth + 1]),
            graph.ints(axes),
            graph.ints([strideHeight, strideWidth]),
          ]);
          taps.push(view);
        }
      }
      const stacked = taps.length > 1 ? graph.node("Concat", taps, { axis: 0 }) : taps[0];
      return cx.reshape(stacked, [taps.length * info.inChannels, outHeight * outWidth * info.batchSize]);
    },
  );
}
