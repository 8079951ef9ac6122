import type { Emitter, Lowered, Value } from "../lazy/kernel.ts";
import { NCHW, OIHW } from "../runtime/layouts.ts";
import { filterGradient } from "./conv-filter-gradient.ts";
import { type ConvForm, type ConvInfo, padsOf } from "./conv-form.ts";

/** ONNX's own convolutions, on images `[B, C, H, W]`. */
export function directForm(info: ConvInfo): ConvForm {
  return {
    layouts: [NCHW, OIHW, NCHW],
    forward(cx, x, filter, bias) {
      const inputs = [cx.get(x, NCHW), cx.get(filter, OIHW)];
      const name = cx.graph.node("Conv", bias ? [...inputs, bias] : inputs, {
        kernel_shape: [info.filterHeight, info.filterWidth],
        strides: [info.strideHeight, info.strideWidth],
        dilations: [info.dilationHeight, info.dilationWidth],
        pads: padsOf(info),
      });
      return { name, layout: NCHW };
    },
    inputGradient: (cx, dy, filter) => inputGradient(cx, dy, filter, info),
    filterGradient: (cx, x, dy) => filterGradient(cx, x, dy, info),
  };
}

/**
 * Gradient of a convolution by its input. Stride 1: a convolution of `dy` with the filter turned by 180° and
 * its channels swapped; larger strides: ONNX's transposed convolution.
 */
function inputGradient(cx: Emitter, dy: Value, filter: Value, info: ConvInfo): Lowered {
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
