import type { Emitter, Lowered } from "../lazy/kernel.ts";
import { CBHW, OIHW } from "../runtime/layouts.ts";
import { type ConvForm, type ConvInfo, isPointwise } from "./conv-form.ts";

/**
 * Convolutions of single pixels, and their gradients, as one matrix product each: of the filter `[out, in]` and all pixels of
 * all images, `[in, positions]` where every channel lies in one piece. `undefined` for convolutions of another kind.
 */
export function pointwiseForm(info: ConvInfo): ConvForm | undefined {
  const { inChannels, outChannels, batchSize, outHeight, outWidth } = info;
  if (info.direct || !isPointwise(info)) return undefined;
  const positions = batchSize * outHeight * outWidth;
  const images = (cx: Emitter, product: string, channels: number): Lowered => ({
    name: cx.reshape(product, [channels, batchSize, outHeight, outWidth]),
    layout: CBHW,
  });
  return {
    layouts: [CBHW, OIHW, CBHW],
    forward(cx, x, filter, bias) {
      const weights = cx.reshape(cx.get(filter, OIHW), [outChannels, inChannels]);
      const pixels = cx.reshape(cx.get(x, CBHW), [inChannels, positions]);
      const inputs = bias ? [weights, pixels, cx.reshape(bias, [outChannels, 1])] : [weights, pixels];
      return images(cx, cx.graph.node("Gemm", inputs), outChannels);
    },
    inputGradient(cx, dy, filter) {
      const weights = cx.reshape(cx.get(filter, OIHW), [outChannels, inChannels]);
      // By itself, as Gemm would do it again for every hundred positions.
      const transposed = cx.transpose(weights, [1, 0]);
      const slopes = cx.reshape(cx.get(dy, CBHW), [outChannels, positions]);
      return images(cx, cx.graph.node("Gemm", [transposed, slopes]), inChannels);
    },
    filterGradient(cx, x, dy) {
      const pixels = cx.reshape(cx.get(x, CBHW), [inChannels, positions]);
      const slopes = cx.reshape(cx.get(dy, CBHW), [outChannels, positions]);
      const product = cx.graph.node("Gemm", [slopes, pixels], { transB: 1 });
      return { name: cx.reshape(product, [outChannels, inChannels, 1, 1]), layout: OIHW };
    },
  };
}
