import { backend_util, util } from "@tensorflow/tfjs-core";
import type { Attrs, Call, Emitter, Meta, OnnxKernel } from "../lazy/kernel.ts";
import { NCHW } from "../runtime/layouts.ts";
import { isOnnxWindow, restOf, type SlidingWindow, windowOf } from "./sliding-window.ts";

/** ONNX's average has no dilations, and no pool of TensorFlow.js has any. */
function poolWindow(info: SlidingWindow) {
  const { dilations: _, ...window } = windowOf(info);
  return window;
}

function poolInfo(shape: readonly number[], attrs: Attrs): SlidingWindow {
  return backend_util.computePool2DInfo(
    shape as [number, number, number, number],
    attrs.filterSize as number,
    attrs.strides as number,
    1,
    attrs.pad as "same",
    attrs.dimRoundingMode as "floor" | undefined,
  );
}

function inferPool({ inputs: [x], attrs }: Call): Meta | undefined {
  if (x.dtype !== "float32") return undefined;
  const info = poolInfo(x.shape, attrs);
  return isOnnxWindow(info) ? { shape: info.outShape, dtype: "float32" } : undefined;
}

function pool(name: string, opType: string): OnnxKernel {
  return {
    name,
    inputs: ["x"],
    wants: () => [NCHW, NCHW],
    infer: inferPool,
    lower: (cx, [x], attrs) => ({
      name: cx.graph.node(opType, [cx.get(x, NCHW)], poolWindow(poolInfo(x.shape, attrs))),
      layout: NCHW,
    }),
  };
}

/** Infers the gradient's shape, that of the pool's own argument `x`. */
function inferGradient([dy, x]: readonly Meta[], attrs: Attrs): Meta | undefined {
  if (dy.dtype !== "float32" || x.dtype !== "float32") return undefined;
  const info = poolInfo(x.shape, attrs);
  return isOnnxWindow(info) && `${dy.shape}` === `${info.outShape}` ? x : undefined;
}

/** Adds up `values` at the places `index` of a vector of `size` zeros. */
function scatter(cx: Emitter, size: number, index: string, values: string): string {
  const { graph } = cx;
  const zeros = graph.node("Expand", [graph.float(0), graph.ints([size])]);
  return graph.node("ScatterElements", [zeros, index, values], { axis: 0, reduction: "add" });
}

export const poolingKernels: readonly OnnxKernel[] = [
  pool("MaxPool", "MaxPool"),
  pool("AvgPool", "AveragePool"),
  {
    // The second result of ONNX's MaxPool tells where in the whole tensor each window's largest element stands.
    name: "MaxPoolGrad",
    inputs: ["dy", "input"],
    notOn: ["webgpu"], // its MaxPool has no second result
    wants: () => [NCHW, NCHW, NCHW],
    infer: ({ inputs, attrs }) => inferGradient(inputs, attrs),
    lower(cx, [dy, x], attrs) {
      const info = poolInfo(x.shape, attrs);
      const places = cx.graph.nodes("MaxPool", [cx.get(x, NCHW)], 2, poolWindow(info))[1];
      const flat = (name: string) => cx.reshape(name, [-1]);
      const size = util.sizeFromShape([...x.shape]);
      const sum = scatter(cx, size, flat(places), flat(cx.get(dy, NCHW)));
      return {
        name: cx.reshape(sum, [info.batchSize, info.inChannels, info.inHeight, info.inWidth]),
        layout: NCHW,
      };
    },
  },
  {
    // TensorFlow.js divides by the whole window at the edges too, where fewer elements were averaged.
    name: "AvgPoolGrad",
    inputs: ["dy", "input"],
    wants: () => [NCHW, undefined, NCHW],
    infer: ({ inputs, attrs }) => inferGradient(inputs, attrs),
    lower(cx, [dy, x], attrs) {
      const { graph } = cx;
      const info = poolInfo(x.shape, attrs);
      const { batchSize, inChannels, outHeight, outWidth, inHeight, inWidth, filterHeight, filterWidth } =
        info;
      const planes = cx.reshape(cx.get(dy, NCHW), [batchSize * inChannels, 1, outHeight, outWidth]);
      const size = filterHeight * filterWidth;
      const share = graph.constant(new Float32Array(size).fill(1 / size), [1, 1, filterHeight, filterWidth]);
      const spread = graph.node("ConvTranspose", [planes, share], {
        ...poolWindow(info),
        output_padding: restOf(info),
      });
      return { name: cx.reshape(spread, [batchSize, inChannels, inHeight, inWidth]), layout: NCHW };
    },
  },
];
