import { backend_util } from "@tensorflow/tfjs-core";
import type { Attrs, Call, Meta, OnnxKernel } from "../kernel.ts";
import { NCHW, OIHW } from "../layouts.ts";
import type { LazyValue } from "../lazy-graph.ts";
import type { Lowered, Lowering } from "../lowering.ts";
import { applyActivation, canActivate } from "./activation.ts";
import { filterGradient } from "./conv-filter-gradient.ts";

export type ConvInfo = backend_util.Conv2DInfo;

function convInfo(inputShape: readonly number[], filterShape: readonly number[], attrs: Attrs): ConvInfo {
  return backend_util.computeConv2DInfo(
    inputShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    attrs.strides as number,
    (attrs.dilations ?? 1) as number,
    attrs.pad as "same",
    attrs.dimRoundingMode as "floor" | undefined,
    false,
    backend_util.convertConv2DDataFormat((attrs.dataFormat ?? "NHWC") as "NHWC"),
  );
}

/** Rows and columns of zeros around the image, as ONNX wants them: top, left, bottom, right. */
export function padsOf({ padInfo: { top, left, bottom, right } }: ConvInfo): number[] {
  return [top, left, bottom, right];
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

function emitConv(cx: Lowering, x: LazyValue, filter: LazyValue, attrs: Attrs, bias?: LazyValue): string {
  const info = convInfo(x.shape, filter.shape, attrs);
  const inputs = [cx.get(x, NCHW), cx.get(filter, OIHW)];
  if (bias) inputs.push(cx.reshape(cx.get(bias), [info.outChannels]));
  return cx.graph.node("Conv", inputs, {
    kernel_shape: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    pads: padsOf(info),
  });
}

/**
 * Gradient of a convolution by its input. Stride 1: a convolution of `dy` with the filter turned by 180° and
 * its channels swapped; larger strides: ONNX's transposed convolution.
 */
function inputGradient(cx: Lowering, dy: LazyValue, filter: LazyValue, info: ConvInfo): Lowered {
  const { graph } = cx;
  const { filterHeight: h, filterWidth: w, strideHeight, strideWidth, inChannels, outChannels } = info;
  const [top, left, bottom, right] = padsOf(info);
  if (strideHeight === 1 && strideWidth === 1) {
    const swapped = cx.get(filter, [2, 3, 0, 1]);
    const taps = cx.reshape(swapped, [inChannels, outChannels, h * w]);
    const reversed = graph.ints(Array.from({ length: h * w }, (_, i) => h * w - 1 - i));
    const turned = cx.reshape(graph.node("Gather", [taps, reversed], { axis: 2 }), [
      inChannels,
      outChannels,
      h,
      w,
    ]);
    const pads = [h - 1 - top, w - 1 - left, h - 1 - bottom, w - 1 - right];
    const name = graph.node("Conv", [cx.get(dy, NCHW), turned], { kernel_shape: [h, w], pads });
    return { name, layout: NCHW };
  }
  const rest = (size: number, out: number, stride: number, kernel: number, pads: number) =>
    size + pads - ((out - 1) * stride + kernel);
  const name = graph.node("ConvTranspose", [cx.get(dy, NCHW), cx.get(filter, OIHW)], {
    kernel_shape: [h, w],
    strides: [strideHeight, strideWidth],
    pads: [top, left, bottom, right],
    output_padding: [
      rest(info.inHeight, info.outHeight, strideHeight, h, top + bottom),
      rest(info.inWidth, info.outWidth, strideWidth, w, left + right),
    ],
  });
  return { name, layout: NCHW };
}

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
    wants: [NCHW, OIHW],
    infer: inferConv,
    lower: (cx, [x, filter], attrs) => ({ name: emitConv(cx, x, filter, attrs), layout: NCHW }),
  },
  {
    name: "FusedConv2D",
    inputs: ["x", "filter", "bias?", "preluActivationWeights?"],
    wants: [NCHW, OIHW],
    infer: inferConv,
    lower(cx, inputs, attrs) {
      const bias = inputs[(attrs.given as string[]).indexOf("bias")];
      const name = emitConv(cx, inputs[0], inputs[1], attrs, bias);
      return { name: applyActivation(cx, name, attrs), layout: NCHW };
    },
  },
  {
    name: "Conv2DBackpropInput",
    inputs: ["dy", "filter"],
    wants: [NCHW, OIHW],
    infer(call) {
      const shape = call.attrs.inputShape as number[];
      const filter = call.inputs[1].shape;
      const ok =
        supported(call) && shape[3] === filter[2] && padsFitFilter(convInfo(shape, filter, call.attrs));
      return ok ? { shape, dtype: "float32" } : undefined;
    },
    lower: (cx, [dy, filter], attrs) =>
      inputGradient(cx, dy, filter, convInfo(attrs.inputShape as number[], filter.shape, attrs)),
  },
  {
    name: "Conv2DBackpropFilter",
    inputs: ["x", "dy"],
    infer(call) {
      const shape = call.attrs.filterShape as number[];
      const ok =
        supported(call) &&
        call.inputs[0].shape[3] === shape[2] &&
        hasOnnxSizes(convInfo(call.inputs[0].shape, shape, call.attrs));
      return ok ? { shape, dtype: "float32" } : undefined;
    },
    lower: (cx, [x, dy], attrs) =>
      filterGradient(cx, x, dy, convInfo(x.shape, attrs.filterShape as number[], attrs)),
  },
];
