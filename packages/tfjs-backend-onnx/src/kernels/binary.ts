import type { Emitter, OnnxKernel } from "../lazy/kernel.ts";
import { channelwisePrelu, isChannelwise, prelu } from "./activation.ts";
import { align, comparison, elementwise, equality, floats, logical, numbers } from "./elementwise.ts";

/** A kernel that is one ONNX node. */
function direct(
  name: string,
  opType: string,
  infer: OnnxKernel["infer"],
  inputs: readonly string[] = ["a", "b"],
): OnnxKernel {
  return { name, inputs, infer, lower: (cx, args, _, [y]) => elementwise(cx, opType, args, y) };
}

/** A kernel made of several nodes; `emit` gets its arguments in one layout, ready to broadcast. */
function composed(
  name: string,
  inputs: readonly string[],
  infer: OnnxKernel["infer"],
  emit: (cx: Emitter, args: readonly string[]) => string,
): OnnxKernel {
  return {
    name,
    inputs,
    infer,
    lower(cx, args, _, [y]) {
      const { names, layout, stored } = align(cx, args, y);
      return { name: emit(cx, names), layout, stored };
    },
  };
}

const binary: readonly OnnxKernel[] = [
  {
    name: "Add",
    inputs: ["a", "b"],
    infer: numbers,
    lower(cx, [a, b], _, [sum]) {
      const { names, layout, stored } = align(cx, [a, b], sum);
      const areAlike = `${cx.storedShape(a)}` === `${cx.storedShape(b)}`;
      return {
        name: areAlike ? cx.added(names[0], names[1]) : cx.graph.node("Add", names),
        layout,
        stored,
      };
    },
  },
  direct("Sub", "Sub", numbers),
  direct("Multiply", "Mul", numbers),
  // Integers stay with TensorFlow.js: ONNX Runtime's processors stop at a division by zero.
  direct("RealDiv", "Div", floats),
  direct("Pow", "Pow", floats),
  direct("Maximum", "Max", numbers),
  direct("Minimum", "Min", numbers),
  direct("Equal", "Equal", equality),
  direct("Greater", "Greater", comparison),
  direct("GreaterEqual", "GreaterOrEqual", comparison),
  direct("Less", "Less", comparison),
  direct("LessEqual", "LessOrEqual", comparison),
  direct("LogicalAnd", "And", logical),
  direct("LogicalOr", "Or", logical),
  direct("AddN", "Sum", floats, ["..."]),
  composed("NotEqual", ["a", "b"], equality, ({ graph }, names) =>
    graph.node("Not", [graph.node("Equal", names)]),
  ),
  composed("SquaredDifference", ["a", "b"], numbers, ({ graph }, names) => {
    const difference = graph.node("Sub", names);
    return graph.node("Mul", [difference, difference]);
  }),
  {
    name: "Prelu",
    inputs: ["x", "alpha"],
    infer: floats,
    lower(cx, [x, alpha], _, [y]) {
      if (cx.onProcessor && cx.hasGradients && isChannelwise(alpha, y) && `${x.shape}` === `${y.shape}`) {
        const { layout } = align(cx, [x], y);
        return { name: channelwisePrelu(cx, x, cx.get(alpha), layout), layout };
      }
      const { names, layout, stored } = align(cx, [x, alpha], y);
      return { name: prelu(cx, names[0], names[1]), layout, stored };
    },
  },
  // The slope of elu is 1 above zero and y + 1 below.
  composed("EluGrad", ["dy", "y"], floats, ({ graph }, [dy, y]) => {
    const slope = graph.node("Add", [graph.node("Min", [y, graph.float(0)]), graph.float(1)]);
    return graph.node("Mul", [dy, slope]);
  }),
  {
    name: "Select",
    inputs: ["condition", "t", "e"],
    infer({ inputs: [condition, t, e] }) {
      const same = [t, e].every(
        ({ shape, dtype }) => dtype === t.dtype && `${shape}` === `${condition.shape}`,
      );
      return same && condition.dtype === "bool" && t.dtype !== "bool"
        ? { shape: t.shape, dtype: t.dtype }
        : undefined;
    },
    lower: (cx, args, _, [y]) => elementwise(cx, "Where", args, y),
  },
];

/** Kernels of several arguments that work element by element, broadcasting them. */
export const binaryKernels: readonly OnnxKernel[] = binary.map((kernel) => ({
  ...kernel,
  elementwise: true,
}));
