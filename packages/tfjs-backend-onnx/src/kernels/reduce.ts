import { util } from "@tensorflow/tfjs-core";
import type { Attrs, Call, Meta, OnnxKernel } from "../kernel.ts";
import { orderOf, toLayout } from "../layouts.ts";
import type { LazyValue } from "../lazy-graph.ts";
import type { Lowered, Lowering } from "../lowering.ts";

function axesOf(attrs: Attrs, shape: readonly number[]): number[] {
  const axis = (attrs.axis ?? attrs.reductionIndices) as number | number[];
  return util.parseAxisParam(axis, shape as number[]);
}

function inferReduced({ inputs: [x], attrs }: Call): Meta | undefined {
  if (x.dtype !== "float32") return undefined;
  const axes = axesOf(attrs, x.shape);
  const shape = attrs.keepDims
    ? x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
    : x.shape.filter((_, axis) => !axes.includes(axis));
  return { shape, dtype: "float32" };
}

/** Reduces in whatever layout the argument lies; what remains keeps the order it had in memory. */
function lowerReduced(opType: string, axesAsInput: boolean) {
  return (cx: Lowering, [x]: readonly LazyValue[], attrs: Attrs): Lowered => {
    const layout = cx.layoutOf(x);
    const order = orderOf(layout, x.shape.length);
    const axes = axesOf(attrs, x.shape);
    const name = cx.get(x, layout);
    if (axes.length === 0) return { name, layout };
    const physicalAxes = axes.map((axis) => order.indexOf(axis)).sort((a, b) => a - b);
    const keepdims = attrs.keepDims ? 1 : 0;
    const reduced = axesAsInput
      ? cx.graph.node(opType, [name, cx.graph.ints(physicalAxes)], { keepdims })
      : cx.graph.node(opType, [name], { axes: physicalAxes, keepdims });
    if (keepdims) return { name: reduced, layout };
    const remaining = order.filter((axis) => !axes.includes(axis));
    const rank = [...remaining].sort((a, b) => a - b);
    return { name: reduced, layout: toLayout(remaining.map((axis) => rank.indexOf(axis))) };
  };
}

function lowerArg(opType: string) {
  return (cx: Lowering, [x]: readonly LazyValue[], attrs: Attrs): Lowered => {
    const [axis] = axesOf(attrs, x.shape);
    const index = cx.graph.node(opType, [cx.get(x)], { axis, keepdims: 0 });
    return { name: cx.graph.node("Cast", [index], { to: 6 }) };
  };
}

function inferArg({ inputs: [x], attrs }: Call): Meta | undefined {
  const axes = axesOf(attrs, x.shape);
  if (x.dtype !== "float32" || axes.length !== 1) return undefined;
  return { shape: x.shape.filter((_, axis) => axis !== axes[0]), dtype: "int32" };
}

function lowerSoftmax(opType: string, axisName: string) {
  return (cx: Lowering, [x]: readonly LazyValue[], attrs: Attrs): Lowered => {
    const [axis] = util.parseAxisParam(attrs[axisName] as number, x.shape as number[]);
    const layout = cx.layoutOf(x);
    return {
      name: cx.graph.node(opType, [cx.get(x, layout)], {
        axis: orderOf(layout, x.shape.length).indexOf(axis),
      }),
      layout,
    };
  };
}

const sameFloats = ({ inputs: [x] }: Call): Meta | undefined => (x.dtype === "float32" ? x : undefined);

export const reduceKernels: readonly OnnxKernel[] = [
  { name: "Sum", inputs: ["x"], infer: inferReduced, lower: lowerReduced("ReduceSum", true) },
  { name: "Mean", inputs: ["x"], infer: inferReduced, lower: lowerReduced("ReduceMean", false) },
  { name: "Max", inputs: ["x"], infer: inferReduced, lower: lowerReduced("ReduceMax", false) },
  { name: "Min", inputs: ["x"], infer: inferReduced, lower: lowerReduced("ReduceMin", false) },
  { name: "ArgMax", inputs: ["x"], infer: inferArg, lower: lowerArg("ArgMax") },
  { name: "ArgMin", inputs: ["x"], infer: inferArg, lower: lowerArg("ArgMin") },
  { name: "Softmax", inputs: ["logits"], infer: sameFloats, lower: lowerSoftmax("Softmax", "dim") },
  { name: "LogSoftmax", inputs: ["logits"], infer: sameFloats, lower: lowerSoftmax("LogSoftmax", "axis") },
];
