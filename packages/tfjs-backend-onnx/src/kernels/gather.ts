import { type DataType, util } from "@tensorflow/tfjs-core";
import type { Emitter, Meta, OnnxKernel, Value } from "../lazy/kernel.ts";
import { isNumeric, type NumericType } from "../lazy/numbers.ts";
import { DTYPE_CODE } from "../runtime/onnx-model.ts";

const oneHot: OnnxKernel = {
  name: "OneHot",
  inputs: ["indices"],
  infer: ({ inputs: [indices], attrs }) =>
    indices.dtype === "int32" && isNumeric(attrs.dtype as DataType)
      ? { shape: [...indices.shape, attrs.depth as number], dtype: attrs.dtype as NumericType }
      : undefined,
  // TensorFlow.js leaves the rows of indices off that are out of range.
  lower(cx, [indices], attrs, [rows]) {
    const { graph } = cx;
    const depth = attrs.depth as number;
    const values = graph.constant(Float32Array.of(attrs.offValue as number, attrs.onValue as number), [2]);
    const index = indicesBelow(cx, indices, depth);
    const isScalar = indices.shape.length === 0;
    const hot = graph.node("OneHot", [
      isScalar ? cx.reshape(index, [1]) : index,
      graph.ints([depth]),
      values,
    ]);
    const cast = rows.dtype === "float32" ? hot : graph.node("Cast", [hot], { to: DTYPE_CODE[rows.dtype] });
    return { name: isScalar ? cx.reshape(cast, [depth]) : cast };
  },
};

/** Indices as int64. ONNX counts negative ones from the end: they become `end`, which is out of range. */
function indicesBelow(cx: Emitter, indices: Value, end: number): string {
  const { graph } = cx;
  const index = graph.node("Cast", [cx.get(indices)], { to: DTYPE_CODE.int64 });
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
    const [axis] = util.parseAxisParam((attrs.axis ?? 0) as number, x.shape as number[]);
    const wrong = indices.known?.find((index) => index < 0 || index >= x.shape[axis]);
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

/** Whether indices `[…, k]` name single elements of a tensor of rank k, none of them known to be outside it. */
function nameElements([x, indices]: readonly Meta[]): boolean {
  return (
    indices.dtype === "int32" &&
    indices.shape.length > 1 &&
    indices.shape.at(-1) === x.shape.length &&
    indices.shape.every((size) => size > 0) &&
    x.shape.every((size) => size > 0)
  );
}

const places = (cx: Emitter, indices: Value) =>
  cx.graph.node("Cast", [cx.get(indices)], { to: DTYPE_CODE.int64 });

const gatherNd: OnnxKernel = {
  name: "GatherNd",
  inputs: ["params", "indices"],
  infer: ({ inputs }) =>
    nameElements(inputs) ? { shape: inputs[1].shape.slice(0, -1), dtype: inputs[0].dtype } : undefined,
  check: ([x, indices]) => checkPlaces("GatherNd", x, indices),
  lower: (cx, [x, indices]) => ({ name: cx.graph.node("GatherND", [cx.get(x), places(cx, indices)]) }),
};

const tensorScatterUpdate: OnnxKernel = {
  name: "TensorScatterUpdate",
  inputs: ["tensor", "indices", "updates"],
  infer: ({ inputs }) => {
    const [x, indices, updates] = inputs;
    const ok = nameElements(inputs) && `${updates.shape}` === `${indices.shape.slice(0, -1)}`;
    return ok && updates.dtype === x.dtype ? x : undefined;
  },
  check: ([x, indices]) => checkPlaces("TensorScatterUpdate", x, indices),
  lower: (cx, [x, indices, updates]) => ({
    name: cx.graph.node("ScatterND", [cx.get(x), places(cx, indices), cx.get(updates)]),
  }),
};

/** Indices that are still to be computed, ONNX Runtime checks when they are. */
function checkPlaces(kernel: string, x: Value, indices: Value): void {
  const { known } = indices;
  if (!known) return;
  const rank = x.shape.length;
  const wrong = known.findIndex((index, i) => index < 0 || index >= x.shape[i % rank]);
  if (wrong === -1) return;
  const place = [...known].slice(wrong - (wrong % rank), wrong - (wrong % rank) + rank);
  throw new RangeError(`${kernel}: invalid indices: ${place} does not index into ${x.shape}`);
}

/** Elements of the largest matrix of ones and zeros that a sum over segments may make. */
const LARGEST_MATRIX = 2 ** 26;

/** The gradient of a gather: the rows of each segment are added up by a product with a matrix of ones and zeros. */
const unsortedSegmentSum: OnnxKernel = {
  name: "UnsortedSegmentSum",
  inputs: ["x", "segmentIds"],
  infer({ inputs: [x, ids], attrs }) {
    const segments = attrs.numSegments as number;
    const ok =
      x.dtype === "float32" &&
      ids.dtype === "int32" &&
      ids.shape.length === 1 &&
      ids.shape[0] === x.shape[0] &&
      ids.shape[0] * segments <= LARGEST_MATRIX;
    return ok ? { shape: [segments, ...x.shape.slice(1)], dtype: "float32" } : undefined;
  },
  lower(cx, [x, ids], attrs, [y]) {
    const { graph } = cx;
    const segments = attrs.numSegments as number;
    const values = graph.constant(Float32Array.of(0, 1), [2]);
    const members = graph.node("OneHot", [indicesBelow(cx, ids, segments), graph.ints([segments]), values]);
    const rows = cx.reshape(cx.get(x), [x.shape[0], util.sizeFromShape(x.shape.slice(1))]);
    return { name: cx.reshape(graph.node("Gemm", [members, rows], { transA: 1 }), y.shape) };
  },
};

/** Kernels whose arguments say which elements to take. */
export const gatherKernels: readonly OnnxKernel[] = [
  oneHot,
  gather,
  gatherNd,
  tensorScatterUpdate,
  unsortedSegmentSum,
];
