import type { backend_util } from "@tensorflow/tfjs-core";
import type { Emitter, Lowered, Value } from "../lazy/kernel.ts";
import type { Layout } from "../runtime/layouts.ts";

/** Sizes, strides, dilations and padding of a convolution, as TensorFlow.js works them out. */
export interface ConvInfo extends backend_util.Conv2DInfo {
  /** Whether to leave it to ONNX's own convolution: exported models do, whose filters never change. */
  readonly direct: boolean;
}

/** How a convolution and its gradients are carried out; all three take the layouts that `layouts` names. */
export interface ConvForm {
  /** Layouts that suit image, filter and result. */
  readonly layouts: readonly Layout[];
  /** @param bias Name of a value `[out]`. */
  forward(cx: Emitter, x: Value, filter: Value, bias?: string): Lowered;
  inputGradient(cx: Emitter, dy: Value, filter: Value): Lowered;
  filterGradient(cx: Emitter, x: Value, dy: Value): Lowered;
}

/** Rows and columns of zeros around the image, as ONNX wants them: top, left, bottom, right. */
export function padsOf({ padInfo: { top, left, bottom, right } }: backend_util.Conv2DInfo): number[] {
  return [top, left, bottom, right];
}

/** Whether every pixel becomes one of the result by itself. */
export const isPointwise = (info: ConvInfo): boolean =>
  info.filterHeight * info.filterWidth * info.strideHeight * info.strideWidth === 1 &&
  padsOf(info).every((pad) => pad === 0);
