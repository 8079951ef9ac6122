import type { Lowered, Lowering } from "../compile/lowering.ts";
import type { Device } from "../runtime/device.ts";
import type { Layout } from "../runtime/layouts.ts";
import type { LazyValue, NumericType } from "./lazy-graph.ts";

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
  check?(inputs: readonly LazyValue[], attrs: Attrs): void;
  /** Emits the ONNX nodes; with the attribute `portable`, which exported models have, only standard ones. */
  lower(
    cx: Lowering,
    inputs: readonly LazyValue[],
    attrs: Attrs,
    outputs: readonly LazyValue[],
  ): Lowered | Lowered[];
  /** Whether `lower` computes in float16 where the attribute `half` says so. */
  readonly hasFloat16?: boolean;
  /** Whether each element of the result depends on one element of each argument, up to broadcasting. */
  readonly elementwise?: boolean;
  /** For a kernel that does the same to several tensors: what meets element by element in each, the result first. */
  groups?(inputs: readonly LazyValue[], outputs: readonly LazyValue[]): readonly (readonly LazyValue[])[];
  /** Layouts that suit the arguments, and behind them the results; `undefined` where any is as good. */
  wants?(inputs: readonly LazyValue[], attrs: Attrs): readonly Layout[];
}
