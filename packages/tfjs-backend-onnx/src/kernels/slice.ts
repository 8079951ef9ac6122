import { backend_util, slice_util, type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { Attrs, Meta, OnnxKernel } from "../lazy/kernel.ts";
import { orderOf } from "../runtime/layouts.ts";

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

function stridedSliceOf(x: Meta, attrs: Attrs) {
  const mask = (name: string) => (attrs[name] ?? 0) as number;
  return slice_util.sliceInfo(
    [...x.shape],
    attrs.begin as number[],
    attrs.end as number[],
    attrs.strides as number[],
    mask("beginMask"),
    mask("endMask"),
    mask("ellipsisMask"),
    mask("newAxisMask"),
    mask("shrinkAxisMask"),
  );
}

const stridedSlice: OnnxKernel = {
  name: "StridedSlice",
  inputs: ["x"],
  infer: ({ inputs: [x], attrs }) => ({ shape: stridedSliceOf(x, attrs).finalShape, dtype: x.dtype }),
  lower(cx, [x], attrs, [y]) {
    const { begin, end, strides } = stridedSliceOf(x, attrs);
    // Backwards, an end of -1 stands before the first element; ONNX would count it from the last one.
    const ends = end.map((index, axis) => (index < 0 ? -x.shape[axis] - 1 : index));
    const axes = begin.map((_, axis) => axis);
    const sliced = cx.graph.node("Slice", [
      cx.get(x),
      ...[begin, ends, axes, strides].map((a) => cx.graph.ints(a)),
    ]);
    return { name: cx.reshape(sliced, y.shape) };
  },
};

const reverse: OnnxKernel = {
  name: "Reverse",
  inputs: ["x"],
  infer({ inputs: [x], attrs }) {
    util.parseAxisParam(attrs.dims as number[], x.shape as number[]); // throws where an axis is not one
    return x;
  },
  // ONNX Runtime's Slice with negative steps takes longer.
  lower(cx, [x], attrs) {
    const layout = cx.layoutOf(x);
    const order = orderOf(layout, x.shape.length);
    let name = cx.get(x, layout);
    for (const axis of util.parseAxisParam(attrs.dims as number[], x.shape as number[])) {
      const last = x.shape[axis] - 1;
      const backwards = cx.graph.ints(Array.from({ length: last + 1 }, (_, i) => last - i));
      name = cx.graph.node("Gather", [name, backwards], { axis: order.indexOf(axis) });
    }
    return { name, layout };
  },
};

function splitOf(x: Meta, attrs: Attrs): { axis: number; sizes: number[] } {
  const [axis] = util.parseAxisParam(attrs.axis as number, x.shape as number[]);
  const info = { shape: [...x.shape] } as TensorInfo;
  const sizes = backend_util.prepareSplitSize(info as never, attrs.numOrSizeSplits as number[], axis);
  return { axis, sizes };
}

const split: OnnxKernel = {
  name: "SplitV",
  inputs: ["x"],
  infer({ inputs: [x], attrs }) {
    const { axis, sizes } = splitOf(x, attrs);
    return sizes.map((size) => ({ shape: x.shape.with(axis, size), dtype: x.dtype }));
  },
  lower(cx, [x], attrs) {
    const { axis, sizes } = splitOf(x, attrs);
    const layout = cx.layoutOf(x);
    const inputs = [cx.get(x, layout), cx.graph.ints(sizes)];
    const along = orderOf(layout, x.shape.length).indexOf(axis);
    return cx.graph.nodes("Split", inputs, sizes.length, { axis: along }).map((name) => ({ name, layout }));
  },
};

const unpack: OnnxKernel = {
  name: "Unpack",
  inputs: ["value"],
  infer({ inputs: [x], attrs }) {
    const [axis] = util.parseAxisParam(attrs.axis as number, x.shape as number[]);
    return Array.from({ length: x.shape[axis] }, () => ({
      shape: x.shape.toSpliced(axis, 1),
      dtype: x.dtype,
    }));
  },
  lower(cx, [x], attrs, results) {
    const [axis] = util.parseAxisParam(attrs.axis as number, x.shape as number[]);
    const inputs = [cx.get(x), cx.graph.ints(results.map(() => 1))];
    return cx.graph
      .nodes("Split", inputs, results.length, { axis })
      .map((name, i) => ({ name: cx.reshape(name, results[i].shape) }));
  },
};

/** Kernels that take parts of a tensor, at places that are known beforehand. */
export const sliceKernels: readonly OnnxKernel[] = [slice, stridedSlice, reverse, split, unpack];
