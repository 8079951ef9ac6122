import type { Emitter, Lowered, Target, Value } from "../lazy/kernel.ts";
import { BLOCKS, NCHW } from "../runtime/layouts.ts";
import { filterInBlocks, transposedFilterInBlocks } from "./channel-blocks.ts";
import { directForm } from "./conv-direct.ts";
import { type ConvForm, type ConvInfo, isPointwise, padsOf } from "./conv-form.ts";
import { phasedInputGradient, suitsPhases } from "./conv-strided-gradient.ts";

/** It adds up products one after the other: of more channels than these, sums of all taps lose digits. */
const MOST_CHANNELS = 128;

/** Whether a convolution has the processor's own layout to compute in: in training, with channels that are whole blocks. */
export function suitsBlocks(
  info: ConvInfo,
  { blockSize, hasGradients }: Pick<Target, "blockSize" | "hasGradients">,
): boolean {
  const { inChannels, outChannels } = info;
  const whole = blockSize > 0 && inChannels % blockSize === 0 && outChannels % blockSize === 0;
  const most = isPointwise(info) ? Number.POSITIVE_INFINITY : MOST_CHANNELS;
  return hasGradients && whole && Math.max(inChannels, outChannels) <= most;
}

/** The same for images of few channels, such as a net's first, which are read as they are and come out in blocks. */
export function suitsBlocksBehind(
  { inChannels, outChannels }: ConvInfo,
  { blockSize, hasGradients }: Pick<Target, "blockSize" | "hasGradients">,
): boolean {
  return hasGradients && inChannels < blockSize && outChannels % blockSize === 0;
}

/**
 * A convolution in the processor's own layout, and its gradient by the image: ONNX Runtime's optimizers, which bring
 * convolutions into that layout, do so with constant filters only.
 */
export function blockedForm(info: ConvInfo): ConvForm {
  const { inChannels, outChannels } = info;
  const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth } = info;
  const size = [filterHeight, filterWidth] as const;
  const window = { kernel_shape: [...size], dilations: [dilationHeight, dilationWidth] };
  const [top, left, bottom, right] = padsOf(info);
  const direct = directForm(info);
  return {
    layouts: [BLOCKS, undefined, BLOCKS],
    forward(cx, x, filter, bias) {
      const strides = [strideHeight, strideWidth];
      const inputs = [
        inChannels < cx.blockSize ? cx.get(x, NCHW) : cx.get(x, BLOCKS),
        filterInBlocks(cx, cx.get(filter), size, inChannels, outChannels),
      ];
      return convolved(cx, bias ? [...inputs, bias] : inputs, {
        ...window,
        strides,
        pads: padsOf(info),
      });
    },
    inputGradient(cx, dy, filter) {
      if (inChannels < cx.blockSize) return direct.inputGradient(cx, dy, filter);
      if (Math.max(strideHeight, strideWidth) > 1) {
        const form = suitsPhases(info) ? phasedInputGradient : direct.inputGradient;
        return form(cx, dy, filter, info);
      }
      const [tall, wide] = [dilationHeight * (filterHeight - 1), dilationWidth * (filterWidth - 1)];
      const pads = [tall - top, wide - left, tall - bottom, wide - right];
      const turned = transposedFilterInBlocks(cx, cx.get(filter), size, outChannels, inChannels, true);
      return convolved(cx, [cx.get(dy, BLOCKS), turned], { ...window, pads });
    },
    filterGradient: isPointwise(info)
      ? (cx, x, dy) => pixelsGradient(cx, x, dy, info)
      : direct.filterGradient,
  };
}

/** Gradient of a convolution of single pixels by its filter: for every image the product of all its pixels and `dy`, then their sum. */
function pixelsGradient(cx: Emitter, x: Value, dy: Value, info: ConvInfo): Lowered {
  const { batchSize, inChannels, outChannels, outHeight, outWidth } = info;
  const positions = outHeight * outWidth;
  const pixels = cx.reshape(cx.get(x, NCHW), [batchSize, inChannels, positions]);
  const slopes = cx.reshape(cx.get(dy, NCHW), [batchSize, outChannels, positions]);
  const products = cx.graph.node("com.microsoft.FusedMatMul", [pixels, slopes], { transB: 1 });
  const sum = cx.graph.node("ReduceSum", [products, cx.graph.ints([0])], { keepdims: 0 });
  return { name: cx.reshape(sum, [1, 1, inChannels, outChannels]) };
}

const convolved = (cx: Emitter, inputs: string[], attributes: Record<string, number[]>): Lowered => ({
  name: cx.graph.node("com.microsoft.nchwc.Conv", inputs, attributes),
  layout: BLOCKS,
});
