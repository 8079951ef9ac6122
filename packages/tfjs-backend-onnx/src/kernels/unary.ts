import { backend_util } from "@tensorflow/tfjs-core";
import type { Attrs, Emitter, OnnxKernel } from "../lazy/kernel.ts";
import type { OnnxGraph } from "../runtime/onnx-graph.ts";
import { DTYPE_CODE } from "../runtime/onnx-model.ts";
import { align, comparison, elementwise, floats, logical, numbers } from "./elementwise.ts";

/** A kernel of one argument `x`, made of several nodes. */
function composed(
  name: string,
  emit: (cx: Emitter, x: string, attrs: Attrs) => string,
  infer: OnnxKernel["infer"] = floats,
): OnnxKernel {
  return {
    name,
    inputs: ["x"],
    infer,
    lower(cx, [x], attrs, [y]) {
      const { names, layout, stored } = align(cx, [x], y);
      return { name: emit(cx, names[0], attrs), layout, stored };
    },
  };
}

/** Kernels that are one ONNX node, here with that node's operator. */
const DIRECT: Readonly<Record<string, string>> = {
  Acos: "Acos",
  Acosh: "Acosh",
  Asin: "Asin",
  Asinh: "Asinh",
  Atan: "Atan",
  Atanh: "Atanh",
  Ceil: "Ceil",
  Cos: "Cos",
  Cosh: "Cosh",
  Elu: "Elu",
  Erf: "Erf",
  Exp: "Exp",
  Floor: "Floor",
  Log: "Log",
  Reciprocal: "Reciprocal",
  Relu: "Relu",
  Round: "Round",
  Sigmoid: "Sigmoid",
  Sin: "Sin",
  Sinh: "Sinh",
  Softplus: "Softplus",
  Sqrt: "Sqrt",
  Tanh: "Tanh",
};

const direct = (name: string, opType: string, infer: OnnxKernel["infer"]): OnnxKernel => ({
  name,
  inputs: ["x"],
  infer,
  lower: (cx, args, _, [y]) => elementwise(cx, opType, args, y),
});

const LARGEST_FLOAT = 3.4028234663852886e38;

const isPositive = (graph: OnnxGraph, x: string) =>
  graph.node("Cast", [graph.node("Greater", [x, graph.float(0)])], { to: DTYPE_CODE.float32 });

/**
 * log(1 + x) without the digits that are lost in the sum u: log(u) · x / (u - 1), the error being in both factors.
 */
function log1p({ graph }: Emitter, x: string): string {
  const u = graph.node("Add", [x, graph.float(1)]);
  const ratio = graph.node("Div", [x, graph.node("Sub", [u, graph.float(1)])]);
  const exact = graph.node("Mul", [graph.node("Log", [u]), ratio]);
  // Where x is lost in the sum, or the ratio is one of infinities.
  const same = graph.node("Or", [
    graph.node("Equal", [u, graph.float(1)]),
    graph.node("Equal", [x, graph.float(Number.POSITIVE_INFINITY)]),
  ]);
  return graph.node("Where", [same, x, exact]);
}

/** exp(x) - 1 likewise, with u = exp(x): (u - 1) · x / log(u). */
function expm1({ graph }: Emitter, x: string): string {
  const u = graph.node("Exp", [x]);
  const below = graph.node("Sub", [u, graph.float(1)]);
  const exact = graph.node("Mul", [below, graph.node("Div", [x, graph.node("Log", [u])])]);
  const isOne = graph.node("Equal", [u, graph.float(1)]);
  // Far from zero nothing is lost, and the logarithm may not be finite.
  const isFar = graph.node("Greater", [graph.node("Abs", [x]), graph.float(1)]);
  return graph.node("Where", [isFar, below, graph.node("Where", [isOne, x, exact])]);
}

const unary: readonly OnnxKernel[] = [
  ...Object.entries(DIRECT).map(([name, opType]) => direct(name, opType, floats)),
  direct("Abs", "Abs", numbers),
  direct("Neg", "Neg", numbers),
  direct("LogicalNot", "Not", logical),
  direct("IsNan", "IsNaN", (call) => (call.inputs[0].dtype === "float32" ? comparison(call) : undefined)),
  direct("IsInf", "IsInf", (call) => (call.inputs[0].dtype === "float32" ? comparison(call) : undefined)),
  composed(
    "IsFinite",
    ({ graph }, x) => graph.node("Equal", [graph.node("Sub", [x, x]), graph.float(0)]),
    (call) => (call.inputs[0].dtype === "float32" ? comparison(call) : undefined),
  ),
  composed("Square", ({ graph }, x) => graph.node("Mul", [x, x]), numbers),
  composed("Rsqrt", ({ graph }, x) => graph.node("Reciprocal", [graph.node("Sqrt", [x])])),
  composed("Relu6", ({ graph }, x) => graph.node("Clip", [x, graph.float(0), graph.float(6)])),
  composed("ClipByValue", ({ graph }, x, { clipValueMin, clipValueMax }) =>
    graph.node("Clip", [x, graph.float(clipValueMin as number), graph.float(clipValueMax as number)]),
  ),
  composed("LeakyRelu", ({ graph }, x, { alpha }) =>
    graph.node("LeakyRelu", [x], { alpha: { float: alpha as number } }),
  ),
  composed("Selu", ({ graph }, x) =>
    graph.node("Selu", [x], {
      alpha: { float: backend_util.SELU_SCALEALPHA / backend_util.SELU_SCALE },
      gamma: { float: backend_util.SELU_SCALE },
    }),
  ),
  composed("Expm1", expm1),
  composed("Log1p", log1p),
  // 0 for NaN, which ONNX's Sign keeps.
  composed("Sign", ({ graph }, x) =>
    graph.node("Sub", [isPositive(graph, x), isPositive(graph, graph.node("Neg", [x]))]),
  ),
  // min(1, max(0, x · c²)) is 1 for every positive number, denormal ones too, and keeps NaN. It takes as long as
  // Greater and Cast, which give 0 for NaN.
  composed("Step", ({ graph }, x, attrs) => {
    const alpha = attrs.alpha as number;
    const step = graph.node("HardSigmoid", [graph.node("Mul", [x, graph.float(LARGEST_FLOAT)])], {
      alpha: { float: LARGEST_FLOAT },
      beta: { float: 0 },
    });
    if (!alpha) return step;
    return graph.node("Add", [graph.node("Mul", [step, graph.float(1 - alpha)]), graph.float(alpha)]);
  }),
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
      // NaN as an integer is 0 in JavaScript, and whatever the processor makes of it in ONNX Runtime.
      const value =
        x.dtype === "float32" && attrs.dtype === "int32"
          ? graph.node("Where", [graph.node("IsNaN", names), graph.float(0), names[0]])
          : names[0];
      return { name: graph.node("Cast", [value], { to: DTYPE_CODE[y.dtype] }), layout, stored };
    },
  },
];

/** Kernels of one argument that work element by element. */
export const unaryKernels: readonly OnnxKernel[] = unary.map((kernel) => ({ ...kernel, elementwise: true }));
