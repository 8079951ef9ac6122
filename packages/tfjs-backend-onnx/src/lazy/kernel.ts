import type { Layout } from "../runtime/layouts.ts";
import type { OnnxGraph } from "../runtime/onnx-graph.ts";
import type { Device } from "../runtime/runtime.ts";
import type { Numbers, NumericType } from "./numbers.ts";

export type Attrs = Readonly<Record<string, unknown>>;

export interface Meta {
  readonly shape: readonly number[];
  readonly dtype: NumericType;
}

/** What is known of a kernel's arguments when it is called; optional ones that are absent are left out. */
export interface Call {
  readonly inputs: readonly Meta[];
  readonly attrs: Attrs;
}

/** A tensor's contents as a kernel sees them: computed or not. */
export interface Value extends Meta {
  /** The contents in row-major order, where they are known and in the main memory. */
  readonly known: Numbers | undefined;
}

/** Where a value lies in the ONNX graph under construction. */
export interface Lowered {
  readonly name: string;
  /** How its axes are ordered in memory; plain row-major when left out. */
  readonly layout?: Layout;
  /** Its stored logical shape where axes of size 1 stand for a repetition that was never carried out. */
  readonly stored?: readonly number[];
  /** A vector, a number for each of the last axis, by which all that is stored is yet to be multiplied. */
  readonly factor?: string;
}

/** What a graph is for. */
export interface Target {
  /** Whether gradients are part of the graph, as in training. */
  readonly hasGradients: boolean;
  /** Whether gradients compute once more what the forward pass could have kept for them. */
  readonly recompute: boolean;
  /** Whether the graph is for this machine's processor and no other device or machine. */
  readonly onProcessor: boolean;
  /**
   * Channels of a block in the layout that the processor has for convolutions; 0 where it has none, or where the graph
   * is not for this processor alone.
   */
  readonly blockSize: number;
}

/** What a kernel emits its ONNX nodes with: the graph, and where the values that it reads lie in it. */
export interface Emitter extends Target {
  readonly graph: OnnxGraph;
  /** How `value` lies in memory; what lies in blocks is handed out as `[B, C, H, W]`. */
  layoutOf(value: Value): Layout;
  /** How `value` lies in memory, for kernels that know blocks. */
  layoutInMemory(value: Value): Layout;
  /** The layout that suits `value` and all that it meets element by element. */
  wantedLayout(value: Value): Layout;
  /** The stored shape of `value`, with 1 where a repetition was never carried out. */
  storedShape(value: Value): readonly number[];
  /** Name of `value`, whole, in the layout asked for (plain by default); transposes it only where it must. */
  get(value: Value, layout?: Layout): string;
  /**
   * Name of `value` in a form that broadcasts against a result of `rank` axes lying in `layout`, the way
   * TensorFlow.js broadcasts: axes are aligned at the last one.
   */
  operand(value: Value, rank: number, layout: Layout): string;
  /** `value` without the factor that it is yet to be multiplied by, and that; for kernels that can multiply something smaller. */
  withoutFactor(value: Value): { readonly value: Value; readonly factor?: string };
  /** `value` multiplied by `factor`, a vector that broadcasts to it as `shape`. */
  multiplied(value: Value, factor: string, shape: readonly number[]): Value;
  /** What `lower` emits for `value`, computed in float16: all that it gets from here is rounded to that. */
  inFloat16(value: Value, lower: () => Lowered): Lowered;
  reshape(name: string, shape: readonly number[]): string;
  /** `reshape` to a shape that ONNX Runtime does not know before it runs. */
  reshapeUnseen(name: string, shape: readonly number[]): string;
  transpose(name: string, perm: readonly number[]): string;
  /** The sum of two tensors of one shape that lie in memory alike: a convolution that makes one of them may compute it. */
  added(a: string, b: string): string;
  /** `name`, which holds `value` in the layout `from`, in the layout `to`. */
  relayout(name: string, value: Value, from: Layout, to: Layout): string;
  /** What `make` emitted when it was first called for `key`: parts that several nodes have in common. */
  once(key: string, make: () => string): string;
}

/**
 * One TensorFlow.js kernel in ONNX. To add one, write its entry into the table of its family.
 *
 * ```ts
 * { name: "Neg", inputs: ["x"], infer: floats, lower: (cx, [x], _, [y]) => elementwise(cx, "Neg", [x], y) }
 * ```
 */
export interface OnnxKernel {
  /** TensorFlow.js's name of the kernel. */
  readonly name: string;
  /**
   * Names of its tensor arguments in the order in which `lower` takes them. Those that end in `?` may be
   * absent; the attribute `given` then lists the names that are there. `["..."]` stands for a list of tensors.
   */
  readonly inputs: readonly string[];
  /**
   * Shape and type of the result (or of each of several), or `undefined` when this call has no ONNX form:
   * it then runs on TensorFlow.js's own CPU kernel.
   */
  infer(call: Call): Meta | readonly Meta[] | undefined;
  /** Devices for which ONNX Runtime lacks what the nodes need: there TensorFlow.js's own CPU kernel runs. */
  readonly notOn?: readonly Device[];
  /** Looks at arguments whose contents are known when the call is made; throws as TensorFlow.js does. */
  check?(inputs: readonly Value[], attrs: Attrs): void;
  /** Emits the ONNX nodes; with the attribute `portable`, which exported models have, only standard ones. */
  lower(cx: Emitter, inputs: readonly Value[], attrs: Attrs, outputs: readonly Value[]): Lowered | Lowered[];
  /** Computes the results in JavaScript, in place of `lower`, from the arguments' contents in row-major order. */
  onHost?(values: readonly Numbers[]): Numbers[];
  /** Whether `lower` computes in float16 where the attribute `half` says so. */
  readonly hasFloat16?: boolean;
  /** Whether each element of the result depends on one element of each argument, up to broadcasting. */
  readonly elementwise?: boolean;
  /** For a kernel that does the same to several tensors: what meets element by element in each, the result first. */
  groups?(inputs: readonly Value[], outputs: readonly Value[]): readonly (readonly Value[])[];
  /** Layouts that suit the arguments, and behind them the results; `undefined` where any is as good. */
  wants?(inputs: readonly Value[], attrs: Attrs, target: Target): readonly Layout[];
}
