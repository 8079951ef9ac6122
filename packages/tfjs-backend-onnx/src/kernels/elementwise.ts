import { backend_util, util } from "@tensorflow/tfjs-core";
import type { Call, Emitter, Lowered, Meta, Value } from "../lazy/kernel.ts";
import type { NumericType } from "../lazy/numbers.ts";
import { type Layout, physicalShape, sameLayout } from "../runtime/layouts.ts";
import type { OnnxAttribute } from "../runtime/onnx-model.ts";

/** The layout of the arguments of an elementwise operation; where they differ, the one wanted of its result. */
function commonLayout(cx: Emitter, inputs: readonly Value[], result: Value): Layout {
  const { shape } = result;
  const inBlocks = mayStayInBlocks(cx, inputs, result);
  const layouts = inputs
    .filter((value) => value.shape.length === shape.length)
    // An argument that is repeated costs little to bring into another layout.
    .sort((a, b) => storedSize(cx, b) - storedSize(cx, a))
    .map((value) => (inBlocks ? cx.layoutInMemory(value) : cx.layoutOf(value)))
    .filter((layout) => layout !== undefined);
  const wanted = cx.wantedLayout(result);
  return layouts.find((layout) => sameLayout(layout, wanted)) ?? layouts[0];
}

/** Whether nothing broadcasts but scalars, as images in blocks could not, and all are floats, which alone come out of blocks. */
function mayStayInBlocks(cx: Emitter, inputs: readonly Value[], result: Value): boolean {
  const isWhole = (value: Value) => `${cx.storedShape(value)}` === `${result.shape}`;
  return (
    result.dtype === "float32" &&
    inputs.every((value) => value.dtype === "float32" && (value.shape.length === 0 || isWhole(value)))
  );
}

const storedSize = (cx: Emitter, value: Value) => util.sizeFromShape([...cx.storedShape(value)]);

/** The arguments by name, in one layout and ready to broadcast, and what their combination looks like. */
export function align(cx: Emitter, inputs: readonly Value[], result: Value) {
  const { shape } = result;
  const layout = commonLayout(cx, inputs, result);
  // Where the last axis is 1, ONNX Runtime takes a scalar number by number unless it has as many axes: fifty times as long.
  const single = physicalShape(shape, layout).at(-1) === 1 ? shape.map(() => 1) : [];
  const names = inputs.map((value) => {
    const name = cx.operand(value, shape.length, layout);
    return value.shape.length === 0 && single.length > 0 ? cx.reshape(name, single) : name;
  });
  const stored = shape.map((_, axis) =>
    Math.max(1, ...inputs.map((value) => cx.storedShape(value).at(axis - shape.length) ?? 1)),
  );
  const compact = stored.some((size, axis) => size !== shape[axis]) && shape.length > 0;
  return { names, layout, stored: compact ? stored : undefined };
}

/** One ONNX node that works element by element, in whatever layout its arguments lie. */
export function elementwise(
  cx: Emitter,
  opType: string,
  inputs: readonly Value[],
  result: Value,
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

type Infer = (call: Call) => Meta | undefined;

/** Infers the broadcast shape for arguments of one type that is among `dtypes`, and the type `result` or theirs. */
function inferred(dtypes: readonly NumericType[], result?: NumericType): Infer {
  return (call) => {
    const [{ dtype }] = call.inputs;
    const ok = dtypes.includes(dtype) && call.inputs.every((input) => input.dtype === dtype);
    return ok ? { shape: broadcast(call), dtype: result ?? dtype } : undefined;
  };
}

/** Floats to floats. */
export const floats = inferred(["float32"]);
/** Floats to floats, integers to integers. */
export const numbers = inferred(["float32", "int32"]);
/** Numbers to truth values. */
export const comparison = inferred(["float32", "int32"], "bool");
/** Any two of a type to truth values. */
export const equality = inferred(["float32", "int32", "bool"], "bool");
/** Truth values to truth values. */
export const logical = inferred(["bool"]);
