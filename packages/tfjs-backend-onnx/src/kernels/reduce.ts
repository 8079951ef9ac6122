import { util } from "@tensorflow/tfjs-core";
import type { Attrs, Call, Emitter, Lowered, Meta, OnnxKernel, Value } from "../lazy/kernel.ts";
import type { NumericType } from "../lazy/numbers.ts";
import { orderOf, physicalShape, toLayout } from "../runtime/layouts.ts";
import { DTYPE_CODE } from "../runtime/onnx-model.ts";
import { needsStages, sumInStages } from "./staged-sum.ts";

function axesOf(attrs: Attrs, shape: readonly number[]): number[] {
  const axis = (attrs.axis ?? attrs.reductionIndices) as number | number[];
  return util.parseAxisParam(axis, shape as number[]);
}

/** Infers the shape that remains, and the type that `dtypes` gives for the argument's. */
function inferReduced(dtypes: Readonly<Partial<Record<NumericType, NumericType>>>) {
  return ({ inputs: [x], attrs }: Call): Meta | undefined => {
    const dtype = dtypes[x.dtype];
    if (!dtype) return undefined;
    const axes = axesOf(attrs, x.shape);
    const shape = attrs.keepDims
      ? x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
      : x.shape.filter((_, axis) => !axes.includes(axis));
    return { shape, dtype };
  };
}

const inferSum = inferReduced({ float32: "float32", int32: "int32", bool: "int32" });
const inferMean = inferReduced({ float32: "float32", int32: "float32", bool: "float32" });
const inferExtreme = inferReduced({ float32: "float32", int32: "int32" });
const inferLogical = inferReduced({ bool: "bool" });

/** Emits the reduction of a value, of this shape in memory, over axes of its memory. */
type Emit = (
  cx: Emitter,
  x: string,
  axes: readonly number[],
  keepdims: number,
  dtype: NumericType,
  shape: readonly number[],
) => string;

/**
 * Reduces in whatever layout the argument lies; what remains keeps the order it had in memory.
 *
 * @param through The type in which a type is reduced, where it is another.
 */
function lowerReduced(emit: Emit, through: Readonly<Partial<Record<NumericType, NumericType>>> = {}) {
  return (cx: Emitter, [x]: readonly Value[], attrs: Attrs, [y]: readonly Value[]): Lowered => {
    const layout = cx.layoutOf(x);
    const order = orderOf(layout, x.shape.length);
    const axes = axesOf(attrs, x.shape);
    const dtype = through[x.dtype] ?? x.dtype;
    const cast = (name: string, from: NumericType, to: NumericType) =>
      from === to ? name : cx.graph.node("Cast", [name], { to: DTYPE_CODE[to] });
    const name = cast(cx.get(x, layout), x.dtype, dtype);
    if (axes.length === 0) return { name: cast(name, dtype, y.dtype), layout };
    const physicalAxes = axes.map((axis) => order.indexOf(axis)).sort((a, b) => a - b);
    const shape = physicalShape(x.shape, layout);
    const reduced = cast(emit(cx, name, physicalAxes, attrs.keepDims ? 1 : 0, dtype, shape), dtype, y.dtype);
    if (attrs.keepDims) return { name: reduced, layout };
    const remaining = order.filter((axis) => !axes.includes(axis));
    const rank = [...remaining].sort((a, b) => a - b);
    return { name: reduced, layout: toLayout(remaining.map((axis) => rank.indexOf(axis))) };
  };
}

const emitSum: Emit = (cx, x, axes, keepdims, dtype, shape) => {
  const { graph } = cx;
  if (dtype !== "float32" || !needsStages(shape, axes))
    return graph.node("ReduceSum", [x, graph.ints(axes)], { keepdims });
  const sum = sumInStages(cx, x, shape, axes);
  if (keepdims === 0) return sum;
  return cx.reshape(
    sum,
    shape.map((size, axis) => (axes.includes(axis) ? 1 : size)),
  );
};

const emitMean: Emit = (cx, x, axes, keepdims, dtype, shape) => {
  const { graph } = cx;
  if (!needsStages(shape, axes)) return graph.node("ReduceMean", [x], { axes, keepdims });
  const count = axes.reduce((product, axis) => product * shape[axis], 1);
  return graph.node("Mul", [emitSum(cx, x, axes, keepdims, dtype, shape), graph.float(1 / count)]);
};

const emitReduced =
  (opType: string): Emit =>
  ({ graph }, x, axes, keepdims) =>
    graph.node(opType, [x], { axes, keepdims });

/** ONNX Runtime passes over NaN; in TensorFlow.js the largest (or smallest) value is NaN where there is one. */
function emitExtreme(opType: string): Emit {
  return (cx, x, axes, keepdims, dtype) => {
    const { graph } = cx;
    const extreme = graph.node(opType, [x], { axes, keepdims });
    if (dtype === "int32") return extreme;
    const strange = graph.node("Cast", [graph.node("IsNaN", [x])], { to: DTYPE_CODE.float32 });
    const any = graph.node("ReduceMax", [strange], { axes, keepdims });
    return graph.node("Where", [
      graph.node("Greater", [any, graph.float(0)]),
      graph.float(Number.NaN),
      extreme,
    ]);
  };
}

/** As in TensorFlow.js, NaN never wins, except that nothing is compared with a NaN that comes first. */
function lowerArg(opType: string, least: number) {
  return (cx: Emitter, [x]: readonly Value[], attrs: Attrs): Lowered => {
    const { graph } = cx;
    const [axis] = axesOf(attrs, x.shape);
    const name = cx.get(x);
    const asInt32 = (index: string) => ({ name: graph.node("Cast", [index], { to: DTYPE_CODE.int32 }) });
    if (x.dtype === "int32") return asInt32(graph.node(opType, [name], { axis, keepdims: 0 }));
    const comparable = graph.node("Where", [graph.node("IsNaN", [name]), graph.float(least), name]);
    const index = graph.node(opType, [comparable], { axis, keepdims: 1 });
    const zero = graph.ints([0]);
    const first = graph.node("Gather", [name, zero], { axis });
    const found = graph.node("Where", [graph.node("IsNaN", [first]), zero, index]);
    return asInt32(graph.node("Squeeze", [found, graph.ints([axis])]));
  };
}

function inferArg({ inputs: [x], attrs }: Call): Meta | undefined {
  const axes = axesOf(attrs, x.shape);
  if (x.dtype === "bool" || axes.length !== 1) return undefined;
  return { shape: x.shape.filter((_, axis) => axis !== axes[0]), dtype: "int32" };
}

function lowerSoftmax(opType: string, axisName: string) {
  return (cx: Emitter, [x]: readonly Value[], attrs: Attrs): Lowered => {
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
  { name: "Sum", inputs: ["x"], infer: inferSum, lower: lowerReduced(emitSum, { bool: "int32" }) },
  {
    name: "Mean",
    inputs: ["x"],
    infer: inferMean,
    lower: lowerReduced(emitMean, { int32: "float32", bool: "float32" }),
  },
  {
    name: "Prod",
    inputs: ["x"],
    infer: inferSum,
    lower: lowerReduced(emitReduced("ReduceProd"), { bool: "int32" }),
  },
  { name: "Max", inputs: ["x"], infer: inferExtreme, lower: lowerReduced(emitExtreme("ReduceMax")) },
  { name: "Min", inputs: ["x"], infer: inferExtreme, lower: lowerReduced(emitExtreme("ReduceMin")) },
  {
    name: "Any",
    inputs: ["x"],
    infer: inferLogical,
    lower: lowerReduced(emitReduced("ReduceMax"), { bool: "int32" }),
  },
  {
    name: "All",
    inputs: ["x"],
    infer: inferLogical,
    lower: lowerReduced(emitReduced("ReduceMin"), { bool: "int32" }),
  },
  {
    name: "Cumsum",
    inputs: ["x"],
    infer: ({ inputs: [x] }) => (x.dtype === "bool" ? undefined : x),
    lower(cx, [x], attrs) {
      const layout = cx.layoutOf(x);
      const [axis] = util.parseAxisParam(attrs.axis as number, x.shape as number[]);
      const along = cx.graph.ints([orderOf(layout, x.shape.length).indexOf(axis)]);
      const name = cx.graph.node("CumSum", [cx.get(x, layout), along], {
        exclusive: attrs.exclusive ? 1 : 0,
        reverse: attrs.reverse ? 1 : 0,
      });
      return { name, layout };
    },
  },
  { name: "ArgMax", inputs: ["x"], infer: inferArg, lower: lowerArg("ArgMax", -Infinity) },
  { name: "ArgMin", inputs: ["x"], infer: inferArg, lower: lowerArg("ArgMin", Infinity) },
  { name: "Softmax", inputs: ["logits"], infer: sameFloats, lower: lowerSoftmax("Softmax", "dim") },
  { name: "LogSoftmax", inputs: ["logits"], infer: sameFloats, lower: lowerSoftmax("LogSoftmax", "axis") },
];
