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

/** Emits the reduction of a value over axes of its memory. */
type Emit = (cx: Lowering, x: string, axes: readonly number[], keepdims: number) => string;

/** Reduces in whatever layout the argument lies; what remains keeps the order it had in memory. */
function lowerReduced(emit: Emit) {
  return (cx: Lowering, [x]: readonly LazyValue[], attrs: Attrs): Lowered => {
    const layout = cx.layoutOf(x);
    const order = orderOf(layout, x.shape.length);
    const axes = axesOf(attrs, x.shape);
    const name = cx.get(x, layout);
    if (axes.length === 0) return { name, layout };
    const physicalAxes = axes.map((axis) => order.indexOf(axis)).sort((a, b) => a - b);
    const reduced = emit(cx, name, physicalAxes, attrs.keepDims ? 1 : 0);
    if (attrs.keepDims) return { name: reduced, layout };
    const remaining = order.filter((axis) => !axes.includes(axis));
    const rank = [...remaining].sort((a, b) => a - b);
    return { name: reduced, layout: toLayout(remaining.map((axis) => rank.indexOf(axis))) };
  };
}

const emitSum: Emit = ({ graph }, x, axes, keepdims) =>
  graph.node("ReduceSum", [x, graph.ints(axes)], { keepdims });

const emitMean: Emit = ({ graph }, x, axes, keepdims) => graph.node("ReduceMean", [x], { axes, keepdims });

/** ONNX Runtime passes over NaN; in TensorFlow.js the largest (or smallest) value is NaN where there is one. */
function emitExtreme(opType: string): Emit {
  return ({ graph }, x, axes, keepdims) => {
    const strange = graph.node("Cast", [graph.node("IsNaN", [x])], { to: 1 });
    const any = graph.node("ReduceMax", [strange], { axes, keepdims });
    const extreme = graph.node(opType, [x], { axes, keepdims });
    return graph.node("Where", [
      graph.node("Greater", [any, graph.float(0)]),
      graph.float(Number.NaN),
      extreme,
    ]);
  };
}

/** As in TensorFlow.js, NaN never wins, except that nothing is compared with a NaN that comes first. */
function lowerArg(opType: string, least: number) {
  return (cx: Lowering, [x]: readonly LazyValue[], attrs: Attrs): Lowered => {
    const { graph } = cx;
    const [axis] = axesOf(attrs, x.shape);
    const name = cx.get(x);
    const comparable = graph.node("Where", [graph.node("IsNaN", [name]), graph.float(least), name]);
    const index = graph.node(opType, [comparable], { axis, keepdims: 1 });
    const zero = graph.ints([0]);
    const first = graph.node("Gather", [name, zero], { axis });
    const found = graph.node("Where", [graph.node("IsNaN", [first]), zero, index]);
    return { name: graph.node("Cast", [graph.node("Squeeze", [found, graph.ints([axis])])], { to: 6 }) };
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
  { name: "Sum", inputs: ["x"], infer: inferReduced, lower: lowerReduced(emitSum) },
  { name: "Mean", inputs: ["x"], infer: inferReduced, lower: lowerReduced(emitMean) },
  { name: "Max", inputs: ["x"], infer: inferReduced, lower: lowerReduced(emitExtreme("ReduceMax")) },
  { name: "Min", inputs: ["x"], infer: inferReduced, lower: lowerReduced(emitExtreme("ReduceMin")) },
  { name: "ArgMax", inputs: ["x"], infer: inferArg, lower: lowerArg("ArgMax", -Infinity) },
  { name: "ArgMin", inputs: ["x"], infer: inferArg, lower: lowerArg("ArgMin", Infinity) },
  { name: "Softmax", inputs: ["logits"], infer: sameFloats, lower: lowerSoftmax("Softmax", "dim") },
  { name: "LogSoftmax", inputs: ["logits"], infer: sameFloats, lower: lowerSoftmax("LogSoftmax", "axis") },
];
