import { backend_util, slice_util, type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { Attrs, Meta, OnnxKernel } from "../kernel.ts";
import { orderOf, toLayout } from "../layouts.ts";
import type { LazyValue } from "../lazy-graph.ts";
import type { Lowering } from "../lowering.ts";

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

function sliceOf(x: Meta, attrs: Attrs): [begin: number[], size: number[]] {
  const info = { shape: [...x.shape] } as TensorInfo;
  return slice_util.parseSliceParams(info as never, attrs.begin as number[], attrs.size as number[]) as [
    number[],
    number[],
  ];
}

const slice: OnnxKernel = {
  name: "Slice",
  inputs: ["x"],
  infer({ inputs: [x], attrs }) {
    const [begin, size] = sliceOf(x, attrs);
    slice_util.assertParamsValid({ shape: [...x.shape], rank: x.shape.length } as never, begin, size);
    return { shape: size, dtype: x.dtype };
  },
  lower(cx, [x], attrs) {
    const [begin, size] = sliceOf(x, attrs);
    const layout = cx.layoutOf(x);
    const order = orderOf(layout, x.shape.length);
    if (x.shape.length === 0) return { name: cx.get(x) };
    const inputs = [
      cx.get(x, layout),
      cx.graph.ints(order.map((axis) => begin[axis])),
      cx.graph.ints(order.map((axis) => begin[axis] + size[axis])),
    ];
    return { name: cx.graph.node("Slice", inputs), layout };
  },
};

const pad: OnnxKernel = {
  name: "PadV2",
  inputs: ["x"],
  infer({ inputs: [x], attrs }) {
    const paddings = attrs.paddings as [number, number][];
    if (x.dtype !== "float32") return undefined;
    return {
      shape: x.shape.map((size, axis) => size + paddings[axis][0] + paddings[axis][1]),
      dtype: x.dtype,
    };
  },
  lower(cx, [x], attrs) {
    const paddings = attrs.paddings as [number, number][];
    const layout = cx.layoutOf(x);
    const order = orderOf(layout, x.shape.length);
    const pads = [0, 1].flatMap((side) => order.map((axis) => paddings[axis][side]));
    const inputs = [cx.get(x, layout), cx.graph.ints(pads), cx.graph.float(attrs.constantValue as number)];
    return { name: cx.graph.node("Pad", inputs), layout };
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

const oneHot: OnnxKernel = {
  name: "OneHot",
  inputs: ["indices"],
  infer: ({ inputs: [indices], attrs }) =>
    indices.dtype === "int32" && attrs.dtype === "float32"
      ? { shape: [...indices.shape, attrs.depth as number], dtype: "float32" }
      : undefined,
  // TensorFlow.js leaves the rows of indices off that are out of range.
  lower(cx, [indices], attrs) {
    const { graph } = cx;
    const depth = attrs.depth as number;
    const values = graph.constant(Float32Array.of(attrs.offValue as number, attrs.onValue as number), [2]);
    const index = indicesBelow(cx, indices, depth);
    return { name: graph.node("OneHot", [index, graph.ints([depth]), values]) };
  },
};

/** Indices as int64. ONNX counts negative ones from the end: they become `end`, which is out of range. */
function indicesBelow(cx: Lowering, indices: LazyValue, end: number): string {
  const { graph } = cx;
  const index = graph.node("Cast", [cx.get(indices)], { to: 7 });
  const inside = graph.node("Where", [
    graph.node("Less", [index, graph.ints([0])]),
    graph.ints([end]),
    index,
  ]);
  return indices.shape.length === 0 ? cx.reshape(inside, []) : inside;
}

const gather: OnnxKernel = {
  name: "GatherV2",
  inputs: ["x", "indices"],
  infer({ inputs: [x, indices], attrs }) {
    if (attrs.batchDims || indices.dtype !== "int32" || x.shape.length === 0) return undefined;
    const [axis] = util.parseAxisParam((attrs.axis ?? 0) as number, x.shape as number[]);
    return { shape: x.shape.toSpliced(axis, 1, ...indices.shape), dtype: x.dtype };
  },
  // Where the indices are still to be computed, one out of range is an error of ONNX Runtime's when they are.
  check([x, indices], attrs) {
    if (indices.node || indices.isOnDevice) return;
    const [axis] = util.parseAxisParam((attrs.axis ?? 0) as number, x.shape as number[]);
    const wrong = indices.values.find((index) => index < 0 || index >= x.shape[axis]);
    // TensorFlow.js's specs ask for this wording.
    if (wrong !== undefined)
      throw new RangeError(`GatherV2: the index value ${wrong} is not in [0, ${x.shape[axis] - 1}]`);
  },
  lower(cx, [x, indices], attrs) {
    const [axis] = util.parseAxisParam((attrs.axis ?? 0) as number, x.shape as number[]);
    const index = indicesBelow(cx, indices, x.shape[axis]);
    return { name: cx.graph.node("Gather", [cx.get(x), index], { axis }) };
  },
};

export const shapeKernels: readonly OnnxKernel[] = [
  transpose,
  concat,
  pack,
  slice,
  pad,
  tile,
  oneHot,
  gather,
];
