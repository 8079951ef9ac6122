import { backend_util, util } from "@tensorflow/tfjs-core";
import type { Attrs, Meta, OnnxKernel } from "../lazy/kernel.ts";
import { type Layout, orderOf, toLayout } from "../runtime/layouts.ts";

/** TensorFlow.js's tensors share data with their reshapes: this node is added when such a tensor is used. */
export const reshape: OnnxKernel = {
  name: "Reshape",
  inputs: ["x"],
  infer: () => undefined,
  lower: (cx, [x], _, [y]) => ({ name: cx.reshape(cx.get(x), y.shape) }),
};

/** A constant tensor: one scalar input, repeated only where an operation cannot broadcast. */
export const fill: OnnxKernel = {
  name: "Fill",
  inputs: ["value"],
  infer: ({ inputs: [value], attrs }) => ({ shape: attrs.shape as number[], dtype: value.dtype }),
  lower(cx, [value], _, [y]) {
    if (y.shape.length === 0) return { name: cx.get(value) };
    const ones = y.shape.map(() => 1);
    return { name: cx.reshape(cx.get(value), ones), stored: ones };
  },
};

const transpose: OnnxKernel = {
  name: "Transpose",
  inputs: ["x"],
  infer: ({ inputs: [x], attrs }) => ({
    shape: (attrs.perm as number[]).map((axis) => x.shape[axis]),
    dtype: x.dtype,
  }),
  // Nothing moves: the axes only get other names.
  lower(cx, [x], attrs) {
    const perm = attrs.perm as number[];
    const layout = cx.layoutOf(x);
    const order = orderOf(layout, x.shape.length).map((axis) => perm.indexOf(axis));
    return { name: cx.get(x, layout), layout: toLayout(order) };
  },
};

const concat: OnnxKernel = {
  name: "Concat",
  inputs: ["..."],
  infer({ inputs, attrs }) {
    const [{ shape, dtype }] = inputs;
    const axis = util.parseAxisParam(attrs.axis as number, shape as number[])[0];
    if (inputs.some((input) => input.dtype !== dtype)) return undefined;
    backend_util.assertParamsConsistent(
      inputs.map((input) => input.shape as number[]),
      axis,
    );
    return {
      shape: shape.with(
        axis,
        inputs.reduce((sum, input) => sum + input.shape[axis], 0),
      ),
      dtype,
    };
  },
  lower(cx, inputs, attrs, [y]) {
    const layout = inputs.map((x) => cx.layoutOf(x)).find((found) => found !== undefined);
    const [axis] = util.parseAxisParam(attrs.axis as number, y.shape as number[]);
    const names = inputs.map((x) => cx.get(x, layout));
    return {
      name: cx.graph.node("Concat", names, { axis: orderOf(layout, y.shape.length).indexOf(axis) }),
      layout,
    };
  },
};

const pack: OnnxKernel = {
  name: "Pack",
  inputs: ["..."],
  infer({ inputs, attrs }) {
    const [{ shape, dtype }] = inputs;
    if (inputs.some((input) => input.dtype !== dtype || `${input.shape}` !== `${shape}`)) return undefined;
    return { shape: shape.toSpliced(packAxis(attrs, shape), 0, inputs.length), dtype };
  },
  lower(cx, inputs, attrs) {
    const axis = packAxis(attrs, inputs[0].shape);
    const expanded = inputs.map((x) => cx.reshape(cx.get(x), x.shape.toSpliced(axis, 0, 1)));
    return { name: cx.graph.node("Concat", expanded, { axis }) };
  },
};

function packAxis(attrs: Attrs, shape: readonly number[]): number {
  const axis = attrs.axis as number;
  return axis < 0 ? axis + shape.length + 1 : axis;
}

function padded(x: Meta, attrs: Attrs): Meta {
  const paddings = attrs.paddings as [number, number][];
  return { shape: x.shape.map((size, axis) => size + paddings[axis][0] + paddings[axis][1]), dtype: x.dtype };
}

/** What ONNX's `Pad` is told of widths: those before each axis as it lies in memory, then those behind. */
function padWidths(layout: Layout, attrs: Attrs): number[] {
  const paddings = attrs.paddings as [number, number][];
  const order = orderOf(layout, paddings.length);
  return [0, 1].flatMap((side) => order.map((axis) => paddings[axis][side]));
}

const pad: OnnxKernel = {
  name: "PadV2",
  inputs: ["x"],
  infer: ({ inputs: [x], attrs }) => (x.dtype === "bool" ? undefined : padded(x, attrs)),
  lower(cx, [x], attrs) {
    const { graph } = cx;
    const layout = cx.layoutOf(x);
    const value = attrs.constantValue as number;
    const filling = x.dtype === "int32" ? graph.constant(Int32Array.of(value), []) : graph.float(value);
    const inputs = [cx.get(x, layout), graph.ints(padWidths(layout, attrs)), filling];
    return { name: graph.node("Pad", inputs), layout };
  },
};

const mirrorPad: OnnxKernel = {
  name: "MirrorPad",
  inputs: ["x"],
  // Opset 17 has no `symmetric`, which repeats the edge itself.
  infer: ({ inputs: [x], attrs }) =>
    x.dtype === "float32" && attrs.mode === "reflect" ? padded(x, attrs) : undefined,
  lower(cx, [x], attrs) {
    const layout = cx.layoutOf(x);
    const inputs = [cx.get(x, layout), cx.graph.ints(padWidths(layout, attrs))];
    return { name: cx.graph.node("Pad", inputs, { mode: "reflect" }), layout };
  },
};

const tile: OnnxKernel = {
  name: "Tile",
  inputs: ["x"],
  infer: ({ inputs: [x], attrs }) => ({
    shape: x.shape.map((size, axis) => size * (attrs.reps as number[])[axis]),
    dtype: x.dtype,
  }),
  // Repeating an axis of size 1 is left to whoever broadcasts.
  lower(cx, [x], attrs) {
    const reps = attrs.reps as number[];
    const layout = cx.layoutOf(x);
    const name = cx.get(x, layout);
    if (x.shape.every((size, axis) => size === 1 || reps[axis] === 1))
      return { name, layout, stored: x.shape };
    const order = orderOf(layout, x.shape.length);
    return { name: cx.graph.node("Tile", [name, cx.graph.ints(order.map((axis) => reps[axis]))]), layout };
  },
};

export const shapeKernels: readonly OnnxKernel[] = [transpose, concat, pack, pad, mirrorPad, tile];
