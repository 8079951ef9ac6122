import { backend_util } from "@tensorflow/tfjs-core";
import type { Attrs, Call, Emitter, Lowered, Meta, OnnxKernel, Target, Value } from "../lazy/kernel.ts";
import { BLOCKS, CBHW, type Layout, NCHW, sameLayout } from "../runtime/layouts.ts";
import { applyActivation, canActivate } from "./activation.ts";
import { outsideBlocks } from "./channel-blocks.ts";
import { padsOf } from "./conv-form.ts";
import {
  filterGradientInBlocks,
  forwardInBlocks,
  inputGradientInBlocks,
  suitsBlocks,
} from "./depthwise-blocks.ts";
import { filterGradientByRows, IMHW, suitsRows } from "./depthwise-gradient.ts";
import { factorInFilter, factorInGradient } from "./factors.ts";
import { isOnnxWindow, restOf, type SlidingWindow, windowOf } from "./sliding-window.ts";

function depthwiseInfo(
  shape: readonly number[],
  filterShape: readonly number[],
  attrs: Attrs,
): SlidingWindow {
  return backend_util.computeConv2DInfo(
    shape as [number, number, number, number],
    filterShape as [number, number, number, number],
    attrs.strides as number,
    (attrs.dilations ?? 1) as number,
    attrs.pad as "same",
    attrs.dimRoundingMode as "floor" | undefined,
    true,
  );
}
const convOf = (info: SlidingWindow) => ({ ...windowOf(info), group: info.inChannels });

/** Whether what meets `value` asks for channels in one piece, as training does, and each channel has one result. */
const inPieces = (cx: Emitter, value: Value, { inChannels, outChannels }: SlidingWindow) =>
  sameLayout(cx.wantedLayout(value), CBHW) && inChannels === outChannels;

/**
 * A convolution whose images are all channels of one, each with the filter of its channel `[C, 1, H, W]`.
 *
 * @param size Rows and columns of the result.
 */
function convolvePieces(
  cx: Emitter,
  images: Value,
  filter: string,
  info: SlidingWindow,
  pads: readonly number[],
  size: readonly [number, number],
): Lowered {
  const { graph } = cx;
  const { inChannels, batchSize } = info;
  const pieces = inChannels * batchSize;
  const stored = cx.reshape(cx.get(images, CBHW), [1, pieces, ...images.shape.slice(1, 3)]);
  const attributes = { ...windowOf(info), group: pieces, pads: [...pads] };
  const name = graph.node("Conv", [stored, repeated(cx, filter, info)], attributes);
  return { name: cx.reshape(name, [inChannels, batchSize, ...size]), layout: CBHW };
}

/** Filters `[C, 1, H, W]` once for every image of a batch, `[C · B, 1, H, W]`. */
function repeated(cx: Emitter, filter: string, info: SlidingWindow): string {
  const { inChannels, batchSize, filterHeight, filterWidth } = info;
  const each = cx.graph.ints([inChannels, batchSize, filterHeight, filterWidth]);
  const filters = cx.graph.node("Expand", [filter, each]);
  return cx.reshape(filters, [inChannels * batchSize, 1, filterHeight, filterWidth]);
}

function isOnnxConv({ inputs, attrs }: Call, info: SlidingWindow): boolean {
  return (
    inputs.every(({ dtype }) => dtype === "float32") &&
    (attrs.dataFormat ?? "NHWC") === "NHWC" &&
    isOnnxWindow(info)
  );
}

/** The filter as ONNX's convolutions in groups take it, `[in · multiplier, 1, H, W]`. */
function groupedFilter(cx: Emitter, filter: Value, info: SlidingWindow): string {
  return cx.reshape(cx.get(filter, IMHW), [info.outChannels, 1, info.filterHeight, info.filterWidth]);
}

function forward(cx: Emitter, x: Value, filter: Value, info: SlidingWindow, y: Value): Lowered {
  if (suitsBlocks(cx, info)) return forwardInBlocks(cx, x, filter, info);
  if (inPieces(cx, y, info))
    return convolvePieces(cx, x, cx.get(filter, IMHW), info, padsOf(info), [info.outHeight, info.outWidth]);
  const inputs = [cx.get(x, NCHW), groupedFilter(cx, filter, info)];
  return { name: cx.graph.node("Conv", inputs, convOf(info)), layout: NCHW };
}

function inferForward(call: Call): Meta | undefined {
  const [x, filter] = call.inputs;
  const info = depthwiseInfo(x.shape, filter.shape, call.attrs);
  return isOnnxConv(call, info) && canActivate(call.attrs)
    ? { shape: info.outShape, dtype: "float32" }
    : undefined;
}

/**
 * Gradient by the image: a convolution with the filter turned by 180°, which is faster than the transposed one.
 */
function inputGradient(cx: Emitter, dy: Value, filter: Value, info: SlidingWindow, dx: Value): Lowered {
  const { graph } = cx;
  const { filterHeight, filterWidth, inChannels, outChannels, strideHeight, strideWidth } = info;
  const [top, left] = padsOf(info);
  const pads = [
    info.effectiveFilterHeight - 1 - top,
    info.effectiveFilterWidth - 1 - left,
    info.inHeight - info.outHeight * strideHeight + top,
    info.inWidth - info.outWidth * strideWidth + left,
  ];
  if (suitsBlocks(cx, info) && pads.every((pad) => pad >= 0))
    return inputGradientInBlocks(cx, dy, filter, info, pads);
  if (strideHeight > 1 || strideWidth > 1) return stridedInputGradient(cx, dy, filter, info, dx);
  const taps = filterHeight * filterWidth;
  const multiplier = outChannels / inChannels;
  const backwards = graph.ints(Array.from({ length: taps }, (_, i) => taps - 1 - i));
  const rows = cx.reshape(cx.get(filter, IMHW), [inChannels, multiplier, taps]);
  const turned = graph.node("Gather", [rows, backwards], { axis: 2 });
  const weights = cx.reshape(turned, [inChannels, multiplier, filterHeight, filterWidth]);
  if (inPieces(cx, dx, info))
    return convolvePieces(cx, dy, weights, info, pads, [info.inHeight, info.inWidth]);
  return {
    name: graph.node("Conv", [cx.get(dy, NCHW), weights], { ...convOf(info), pads }),
    layout: NCHW,
  };
}

/**
 * A transposed convolution for each of the results that a channel has. ONNX Runtime's own sum over them is wrong on
 * webgpu where there are two.
 */
function stridedInputGradient(
  cx: Emitter,
  dy: Value,
  filter: Value,
  info: SlidingWindow,
  dx: Value,
): Lowered {
  const { graph } = cx;
  const { batchSize, inChannels, outChannels, outHeight, outWidth } = info;
  if (inPieces(cx, dx, info)) {
    const pieces = inChannels * batchSize;
    const images = cx.reshape(cx.get(dy, CBHW), [1, pieces, outHeight, outWidth]);
    const filters = repeated(cx, cx.get(filter, IMHW), info);
    const attributes = { ...windowOf(info), group: pieces, output_padding: restOf(info) };
    const name = graph.node("ConvTranspose", [images, filters], attributes);
    return { name: cx.reshape(name, [inChannels, batchSize, info.inHeight, info.inWidth]), layout: CBHW };
  }
  const multiplier = outChannels / inChannels;
  const slopes = cx.reshape(cx.get(dy, NCHW), [batchSize, inChannels, multiplier, outHeight, outWidth]);
  const parts = Array.from({ length: multiplier }, (_, i) => {
    const part = (name: string, axis: number) => graph.node("Gather", [name, graph.ints([i])], { axis });
    const images = cx.reshape(part(slopes, 2), [batchSize, inChannels, outHeight, outWidth]);
    return graph.node("ConvTranspose", [images, part(cx.get(filter, IMHW), 1)], {
      ...convOf(info),
      output_padding: restOf(info),
    });
  });
  return { name: parts.length > 1 ? graph.node("Sum", parts) : parts[0], layout: NCHW };
}

/**
 * Gradient by the filter: each channel's images, as channels of one image, convolved with what its gradients are as
 * one filter. What was the stride is then the dilation, and the other way round.
 */
function filterGradient(cx: Emitter, x: Value, dy: Value, info: SlidingWindow): Lowered {
  if (suitsBlocks(cx, info)) return filterGradientInBlocks(cx, x, dy, info);
  if (suitsRows(info)) return filterGradientByRows(cx, x, dy, info);
  const { graph } = cx;
  const { batchSize, inChannels, outChannels, filterHeight, filterWidth } = info;
  const images = cx.reshape(cx.get(x, CBHW), [1, inChannels * batchSize, info.inHeight, info.inWidth]);
  const gradients = graph.node("Conv", [images, cx.get(dy, CBHW)], {
    group: inChannels,
    kernel_shape: [info.outHeight, info.outWidth],
    strides: [info.dilationHeight, info.dilationWidth],
    dilations: [info.strideHeight, info.strideWidth],
    pads: padsOf(info),
  });
  // Rows that no window reached make some taps too many.
  const whole = graph.node("Slice", [
    gradients,
    graph.ints([0, 0]),
    graph.ints([filterHeight, filterWidth]),
    graph.ints([2, 3]),
  ]);
  const shape = [inChannels, outChannels / inChannels, filterHeight, filterWidth];
  return { name: cx.reshape(whole, shape), layout: IMHW };
}

/** The layout that suits images and their gradients: blocks, or another. */
const imageLayout = (info: SlidingWindow, target: Target, other: Layout): Layout =>
  suitsBlocks(target, info) ? BLOCKS : other;

/** Convolutions of each channel by itself. */
export const depthwiseKernels: readonly OnnxKernel[] = [
  {
    name: "DepthwiseConv2dNative",
    inputs: ["x", "filter"],
    wants([x, filter], attrs, target) {
      const layout = imageLayout(depthwiseInfo(x.shape, filter.shape, attrs), target, NCHW);
      return [layout, undefined, layout];
    },
    infer: inferForward,
    lower: (cx, [x, filter], attrs, [y]) =>
      forward(cx, x, filter, depthwiseInfo(x.shape, filter.shape, attrs), y),
  },
  {
    name: "FusedDepthwiseConv2D",
    inputs: ["x", "filter", "bias?", "preluActivationWeights?"],
    wants([x, filter, ...rest], attrs, target) {
      const layout = imageLayout(depthwiseInfo(x.shape, filter.shape, attrs), target, NCHW);
      return [layout, undefined, ...rest.map(() => undefined), layout];
    },
    infer: inferForward,
    lower(cx, inputs, attrs, [y]) {
      const [x, filter] = inputs;
      const bias = inputs[(attrs.given as string[]).indexOf("bias")];
      const result = forward(cx, x, filter, depthwiseInfo(x.shape, filter.shape, attrs), y);
      const broadcasts = bias || attrs.activation === "prelu";
      let { name, layout } = broadcasts ? outsideBlocks(cx, result, y) : result;
      if (bias) name = cx.graph.node("Add", [name, cx.operand(bias, 4, layout)]);
      return applyActivation(cx, { name, layout }, inputs, attrs, y);
    },
  },
  {
    name: "DepthwiseConv2dNativeBackpropInput",
    inputs: ["dy", "filter"],
    wants([, filter], attrs, target) {
      const info = depthwiseInfo(attrs.inputShape as number[], filter.shape, attrs);
      const layout = imageLayout(info, target, CBHW);
      return [layout, undefined, layout];
    },
    infer(call) {
      const shape = call.attrs.inputShape as number[];
      const info = depthwiseInfo(shape, call.inputs[1].shape, call.attrs);
      const ok = isOnnxConv(call, info) && `${call.inputs[0].shape}` === `${info.outShape}`;
      return ok ? { shape, dtype: "float32" } : undefined;
    },
    lower(cx, [dy, filter], attrs, [dx]) {
      const info = depthwiseInfo(attrs.inputShape as number[], filter.shape, attrs);
      return inputGradient(cx, ...factorInFilter(cx, dy, filter), info, dx);
    },
  },
  {
    name: "DepthwiseConv2dNativeBackpropFilter",
    inputs: ["x", "dy"],
    wants([x], attrs, target) {
      const layout = imageLayout(depthwiseInfo(x.shape, attrs.filterShape as number[], attrs), target, CBHW);
      return [layout, layout, undefined];
    },
    infer(call) {
      const shape = call.attrs.filterShape as number[];
      const info = depthwiseInfo(call.inputs[0].shape, shape, call.attrs);
      const ok = isOnnxConv(call, info) && `${call.inputs[1].shape}` === `${info.outShape}`;
      return ok ? { shape, dtype: "float32" } : undefined;
    },
    lower(cx, [x, dy], attrs, [filter]) {
      const info = depthwiseInfo(x.shape, attrs.filterShape as number[], attrs);
      return factorInGradient(cx, dy, filter, (slopes) => filterGradient(cx, x, slopes, info));
    },
  },
];
