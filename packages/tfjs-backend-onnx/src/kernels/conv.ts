import { backend_util } from "@tensorflow/tfjs-core";
import type { Attrs, Call, Emitter, Lowered, Meta, OnnxKernel, Target, Value } from "../lazy/kernel.ts";
import { BLOCKS, CBHW, NCHW, sameLayout } from "../runtime/layouts.ts";
import { applyActivation, canActivate } from "./activation.ts";
import { outsideBlocks } from "./channel-blocks.ts";
import { blockedForm, suitsBlocks, suitsBlocksBehind } from "./conv-blocks.ts";
import { directForm } from "./conv-direct.ts";
import { type ConvForm, type ConvInfo, padsOf } from "./conv-form.ts";
import { pointwiseForm } from "./conv-pointwise.ts";
import { thinForm } from "./conv-thin.ts";
import { fastestTiles } from "./conv-tiles.ts";
import { winogradForm } from "./conv-winograd.ts";
import { factorInFilter, factorInGradient } from "./factors.ts";

function convInfo(inputShape: readonly number[], filterShape: readonly number[], attrs: Attrs): ConvInfo {
  const info = backend_util.computeConv2DInfo(
    inputShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    attrs.strides as number,
    (attrs.dilations ?? 1) as number,
    attrs.pad as "same",
    attrs.dimRoundingMode as "floor" | undefined,
    false,
    backend_util.convertConv2DDataFormat((attrs.dataFormat ?? "NHWC") as "NHWC"),
  );
  return { ...info, direct: attrs.portable === true || attrs.half === true };
}

function supported({ inputs, attrs }: Call): boolean {
  return inputs.every(({ dtype }) => dtype === "float32") && (attrs.dataFormat ?? "NHWC") === "NHWC";
}

/** Whether sizes are as ONNX has them: rounded down, and each axis by its own stride. */
function hasOnnxSizes(info: ConvInfo): boolean {
  const [top, left, bottom, right] = padsOf(info);
  const out = (size: number, filter: number, stride: number) => Math.floor((size - filter) / stride) + 1;
  return (
    out(info.inHeight + top + bottom, info.effectiveFilterHeight, info.strideHeight) === info.outHeight &&
    out(info.inWidth + left + right, info.effectiveFilterWidth, info.strideWidth) === info.outWidth
  );
}

function inferConv(call: Call): Meta | undefined {
  const [x, filter] = call.inputs;
  if (!supported(call) || !canActivate(call.attrs)) return undefined;
  const info = convInfo(x.shape, filter.shape, call.attrs);
  // A convolution in groups: TensorFlow.js gives the filter fewer input channels than the image has.
  return info.inChannels === filter.shape[2] && hasOnnxSizes(info)
    ? { shape: info.outShape, dtype: "float32" }
    : undefined;
}

function formOf(info: ConvInfo, target: Target): ConvForm {
  if (info.direct) return directForm(info);
  const inBlocks = suitsBlocks(info, target);
  const isInference = target.blockSize > 0 && !target.hasGradients;
  const tiles = fastestTiles(info, isInference ? "inference" : inBlocks ? "blocks" : "direct");
  if (tiles) return winogradForm(info, tiles);
  return thinForm(info) ?? (inBlocks ? blockedForm(info) : directForm(info));
}

/** The form of single pixels where the processor has no layout of its own that is faster. */
const productForm = (info: ConvInfo, target: Target): ConvForm | undefined =>
  suitsBlocks(info, target) ? undefined : pointwiseForm(info);

/** The form of gradients, of which there are none without training. */
const trainingForm = (info: ConvInfo, target: Target): ConvForm =>
  productForm(info, target) ?? formOf(info, target);

/** The form where training asks for channels in one piece. */
const formInPieces = (info: ConvInfo, target: Target): ConvForm =>
  productForm(info, target) ?? (info.direct ? undefined : thinForm(info, CBHW)) ?? formOf(info, target);

/**
 * The form for images that lie as `y` is wanted: where nothing but other kernels asks for a layout, and they ask for
 * ONNX's own or for blocks, a convolution that gives it spares the way there. Where training asks for channels in one piece, products do.
 */
function formFor(cx: Emitter, info: ConvInfo, y: Value): ConvForm {
  if (sameLayout(cx.wantedLayout(y), CBHW)) return formInPieces(info, cx);
  const form = formOf(info, cx);
  const wanted = cx.wantedLayout(y);
  if (form.layouts[2] || !(sameLayout(wanted, NCHW) || sameLayout(wanted, BLOCKS))) return form;
  return suitsBlocksBehind(info, cx) ? blockedForm(info) : directForm(info);
}

/** What `convolve` makes with a bias of one element a channel; a bias of another shape is added afterwards. */
function biased(
  cx: Emitter,
  { outChannels }: ConvInfo,
  bias: Value | undefined,
  y: Value,
  convolve: (bias?: string) => Lowered,
): Lowered {
  if (!bias) return convolve();
  const aChannel = bias.shape.every(
    (size, axis) => size === (axis === bias.shape.length - 1 ? outChannels : 1),
  );
  if (aChannel && bias.shape.length > 0) return convolve(cx.reshape(cx.get(bias), [outChannels]));
  const { name, layout } = outsideBlocks(cx, convolve(), y);
  return { name: cx.graph.node("Add", [name, cx.operand(bias, 4, layout)]), layout };
}

/** Brings a result into the layout that what follows wants of it. */
function settled(cx: Emitter, { name, layout }: Lowered, value: Value): Lowered {
  const wanted = cx.wantedLayout(value) ?? layout;
  return { name: cx.relayout(name, value, layout, wanted), layout: wanted };
}

/** What `convolve` makes, in float16 where the call asks for it. */
const inItsPrecision = (cx: Emitter, { half }: Attrs, y: Value, convolve: () => Lowered): Lowered =>
  half ? cx.inFloat16(y, convolve) : convolve();

/** Whether `dy` can be convolved without being cropped before: the padding is narrower than the filter. */
function padsFitFilter(info: ConvInfo): boolean {
  if (!hasOnnxSizes(info)) return false;
  const [top, left, bottom, right] = padsOf(info);
  return Math.max(top, bottom) < info.filterHeight && Math.max(left, right) < info.filterWidth;
}

export const convKernels: readonly OnnxKernel[] = [
  {
    name: "Conv2D",
    inputs: ["x", "filter"],
    wants: ([x, filter], attrs, target) => formOf(convInfo(x.shape, filter.shape, attrs), target).layouts,
    infer: inferConv,
    hasFloat16: true,
    lower(cx, [x, filter], attrs, [y]) {
      const form = formFor(cx, convInfo(x.shape, filter.shape, attrs), y);
      const result = inItsPrecision(cx, attrs, y, () => form.forward(cx, x, filter));
      return settled(cx, result, y);
    },
  },
  {
    name: "FusedConv2D",
    inputs: ["x", "filter", "bias?", "preluActivationWeights?"],
    wants: ([x, filter, ...rest], attrs, target) => {
      const [image, weights, result] = formOf(convInfo(x.shape, filter.shape, attrs), target).layouts;
      return [image, weights, ...rest.map(() => undefined), result];
    },
    infer: inferConv,
    hasFloat16: true,
    lower(cx, inputs, attrs, [y]) {
      const [x, filter] = inputs;
      const info = convInfo(x.shape, filter.shape, attrs);
      const bias = inputs[(attrs.given as string[]).indexOf("bias")];
      const sum = inItsPrecision(cx, attrs, y, () =>
        biased(cx, info, bias, y, (inner) => formFor(cx, info, y).forward(cx, x, filter, inner)),
      );
      const broadcasts = attrs.activation === "prelu";
      const result = broadcasts ? outsideBlocks(cx, sum, y) : sum;
      return settled(cx, applyActivation(cx, result, inputs, attrs, y), y);
    },
  },
  {
    name: "Conv2DBackpropInput",
    inputs: ["dy", "filter"],
    wants([, filter], attrs, target) {
      const info = convInfo(attrs.inputShape as number[], filter.shape, attrs);
      const [image, weights, result] = trainingForm(info, target).layouts;
      return [result, weights, image];
    },
    infer(call) {
      const shape = call.attrs.inputShape as number[];
      const filter = call.inputs[1].shape;
      const info = convInfo(shape, filter, call.attrs);
      const ok =
        supported(call) &&
        shape[3] === filter[2] &&
        `${call.inputs[0].shape}` === `${info.outShape}` &&
        padsFitFilter(info);
      return ok ? { shape, dtype: "float32" } : undefined;
    },
    hasFloat16: true,
    lower(cx, [dy, filter], attrs, [dx]) {
      const form = trainingForm(convInfo(attrs.inputShape as number[], filter.shape, attrs), cx);
      const [slopes, weights] = attrs.half ? [dy, filter] : factorInFilter(cx, dy, filter);
      const result = inItsPrecision(cx, attrs, dx, () => form.inputGradient(cx, slopes, weights));
      return settled(cx, result, dx);
    },
  },
  {
    name: "Conv2DBackpropFilter",
    inputs: ["x", "dy"],
    wants([x], attrs, target) {
      const form = productForm(convInfo(x.shape, attrs.filterShape as number[], attrs), target);
      return form ? [CBHW, CBHW, undefined] : [];
    },
    infer(call) {
      const shape = call.attrs.filterShape as number[];
      const ok =
        supported(call) &&
        call.inputs[0].shape[3] === shape[2] &&
        hasOnnxSizes(convInfo(call.inputs[0].shape, shape, call.attrs));
      return ok ? { shape, dtype: "float32" } : undefined;
    },
    lower(cx, [x, dy], attrs, [filter]) {
      const info = convInfo(x.shape, attrs.filterShape as number[], attrs);
      const form = productForm(info, cx) ?? formFor(cx, info, dy);
      return factorInGradient(cx, dy, filter, (slopes) => form.filterGradient(cx, x, slopes));
    },
  },
];
