import { backend_util, util } from "@tensorflow/tfjs-core";
import type { Call, Meta, OnnxKernel } from "../kernel.ts";
import { type Layout, sameLayout } from "../layouts.ts";
import type { LazyValue, NumericType } from "../lazy-graph.ts";
import type { Lowered, Lowering } from "../lowering.ts";
import type { OnnxAttribute } from "../onnx-graph.ts";
import { prelu } from "./activation.ts";

/** The layout of the arguments of an elementwise operation; where they differ, the one wanted of its result. */
function commonLayout(cx: Lowering, inputs: readonly LazyValue[], result: LazyValue): Layout {
  const { shape } = result;
  const layouts = inputs
    .filter((value) => value.shape.length === shape.length)
    // An argument that is repeated costs little to bring into another layout.
    .sort((a, b) => storedSize(cx, b) - storedSize(cx, a))
    .map((value) => cx.layoutOf(value))
    .filter((layout) => layout !== undefined);
  const wanted = cx.wantedLayout(result);
  return layouts.find((layout) => sameLayout(layout, wanted)) ?? layouts[0];
}

const storedSize = (cx: Lowering, value: LazyValue) => util.sizeFromShape([...cx.storedShape(value)]);

/** The arguments by name, in one layout and ready to broadcast, and what their combination looks like. */
export function align(cx: Lowering, inputs: readonly LazyValue[], result: LazyValue) {
  const { shape } = result;
  const layout = commonLayout(cx, inputs, result);
  const names = inputs.map((value) => cx.operand(value, shape.length, layout));
  const stored = shape.map((_, axis) =>
    Math.max(1, ...inputs.map((value) => cx.storedShape(value).at(axis - shape.length) ?? 1)),
  );
  const compact = stored.some((size, axis) => size !== shape[axis]) && shape.length > 0;
  return { names, layout, stored: compact ? stored : undefined };
}

/** One ONNX node that works element by element, in whatever layout its arguments lie. */
export function elementwise(
  cx: Lowering,
  opType: string,
  inputs: readonly LazyValue[],
  result: LazyValue,
  attributes: Readonly<Record<string, OnnxAttribute>> = {},
): Lowered {
  const { names, layout, stored } = align(cx, inputs, result);
  return { name: cx.graph.node(opType, names, attributes), layout, stored };
}

function broadcast({ inputs }: Call): number[] {
  return inputs
    .map(({ shape }) => shape as number[])
    .reduce((a, b) => backend_util.assertAndGetBroadcastShape(a, b));
}

const allOf = (call: Call, ...dtypes: NumericType[]) =>
  call.inputs.every(({ dtype }) => dtypes.includes(dtype) && dtype === call.inputs[0].dtype);

const floats = (call: Call): Meta | undefined =>
  allOf(call, "float32") ? { shape: broadcast(call), dtype: "float32" } : undefined;
const comparison = (call: Call): Meta | undefined =>
  allOf(call, "float32", "int32") ? { shape: broadcast(call), dtype: "bool" } : undefined;
const logical = (call: Call): Meta | undefined =>
  allOf(call, "bool") ? { shape: broadcast(call), dtype: "bool" } : undefined;

type Emit = (cx: Lowering, x: string, attrs: Readonly<Record<string, unknown>>) => string;

/** A kernel of one argument `x`, made of several nodes. */
function unary(name: string, emit: Emit): OnnxKernel {
  return {
    name,
    inputs: ["x"],
    infer: floats,
    lower(cx, [x], attrs, [y]) {
      const { names, layout, stored } = align(cx, [x], y);
      return { name: emit(cx, names[0], attrs), layout, stored };
    },
  };
}

/** A kernel that is one ONNX node. */
function direct(
  name: string,
  opType: string,
  inputs: readonly string[],
  infer: OnnxKernel["infer"],
): OnnxKernel {
  return { name, inputs, infer, lower: (cx, args, _, [y]) => elementwise(cx, opType, args, y) };
}

const UNARY: Readonly<Record<string, string>> = {
  Abs: "Abs",
  Ceil: "Ceil",
  Cos: "Cos",
  Erf: "Erf",
  Exp: "Exp",
  Floor: "Floor",
  Log: "Log",
  Neg: "Neg",
  Reciprocal: "Reciprocal",
  Relu: "Relu",
  Sigmoid: "Sigmoid",
  Sin: "Sin",
  Softplus: "Softplus",
  Sqrt: "Sqrt",
  Tanh: "Tanh",
};
const BINARY: Readonly<Record<string, string>> = { Add: "Add", Sub: "Sub", Multiply: "Mul", RealDiv: "Div" };
const COMPARE: Readonly<Record<string, string>> = {
  Equal: "Equal",
  Greater: "Greater",
  GreaterEqual: "GreaterOrEqual",
  Less: "Less",
  LessEqual: "LessOrEqual",
};

const LARGEST_FLOAT = 3.4028234663852886e38;

const kernels: readonly OnnxKernel[] = [
  ...Object.entries(UNARY).map(([name, opType]) => direct(name, opType, ["x"], floats)),
  ...Object.entries(BINARY).map(([name, opType]) => direct(name, opType, ["a", "b"], floats)),
  ...Object.entries(COMPARE).map(([name, opType]) => direct(name, opType, ["a", "b"], comparison)),
  direct("Maximum", "Max", ["a", "b"], floats),
  direct("Minimum", "Min", ["a", "b"], floats),
  direct("LogicalAnd", "And", ["a", "b"], logical),
  direct("LogicalOr", "Or", ["a", "b"], logical),
  direct("LogicalNot", "Not", ["x"], logical),
  direct("AddN", "Sum", ["..."], floats),
  unary("Square", (cx, x) => cx.graph.node("Mul", [x, x])),
  unary("Rsqrt", (cx, x) => cx.graph.node("Reciprocal", [cx.graph.node("Sqrt", [x])])),
  unary("Relu6", (cx, x) => cx.graph.node("Clip", [x, cx.graph.float(0), cx.graph.float(6)])),
  unary("ClipByValue", (cx, x, attrs) =>
    cx.graph.node("Clip", [
      x,
      cx.graph.float(attrs.clipValueMin as number),
      cx.graph.float(attrs.clipValueMax as number),
    ]),
  ),
  unary("LeakyRelu", (cx, x, attrs) =>
    cx.graph.node("LeakyRelu", [x], { alpha: { float: attrs.alpha as number } }),
  ),
  // min(1, max(0, x · c²)) is 1 for every positive number, denormal ones too, and keeps NaN. It takes as long as
  // Greater and Cast, which give 0 for NaN.
  unary("Step", ({ graph }, x, attrs) => {
    const alpha = attrs.alpha as number;
    const step = graph.node("HardSigmoid", [graph.node("Mul", [x, graph.float(LARGEST_FLOAT)])], {
      alpha: { float: LARGEST_FLOAT },
      beta: { float: 0 },
    });
    if (!alpha) return step;
    return graph.node("Add", [graph.node("Mul", [step, graph.float(1 - alpha)]), graph.float(alpha)]);
  }),
  {
    name: "SquaredDifference",
    inputs: ["a", "b"],
    infer: floats,
    lower(cx, args, _, [y]) {
      const { names, layout, stored } = align(cx, args, y);
      const difference = cx.graph.node("Sub", names);
      return { name: cx.graph.node("Mul", [difference, difference]), layout, stored };
    },
  },
  {
    name: "Prelu",
    inputs: ["x", "alpha"],
    infer: floats,
    lower(cx, args, _, [y]) {
      const { names, layout, stored } = align(cx, args, y);
      return { name: prelu(cx, names[0], names[1]), layout, stored };
    },
  },
  {
    name: "Select",
    inputs: ["condition", "t", "e"],
    infer({ inputs: [condition, t, e] }) {
      const same = [t, e].every(
        ({ shape, dtype }) => dtype === t.dtype && `${shape}` === `${condition.shape}`,
      );
      return same && condition.dtype === "bool" && t.dtype === "float32"
        ? { shape: t.shape, dtype: t.dtype }
        : undefined;
    },
    lower: (cx, args, _, [y]) => elementwise(cx, "Where", args, y),
  },
  {
    name: "Cast",
    inputs: ["x"],
    infer({ inputs: [x], attrs }) {
      const dtype = attrs.dtype as string;
      return dtype === "float32" || dtype === "int32" || dtype === "bool"
        ? { shape: x.shape, dtype }
        : undefined;
    },
    lower(cx, [x], attrs, [y]) {
      const { names, layout, stored } = align(cx, [x], y);
      const { graph } = cx;
      const to = { float32: 1, int32: 6, bool: 9 }[attrs.dtype as NumericType];
      // NaN as an integer is 0 in JavaScript, and whatever the processor makes of it in ONNX Runtime.
      const value =
        x.dtype === "float32" && attrs.dtype === "int32"
          ? graph.node("Where", [graph.node("IsNaN", names), graph.float(0), names[0]])
          : names[0];
      return { name: graph.node("Cast", [value], { to }), layout, stored };
    },
  },
];

export const elementwiseKernels: readonly OnnxKernel[] = kernels.map((kernel) => ({
  ...kernel,
  elementwise: true,
}));
