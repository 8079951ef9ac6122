import { type backend_util, util } from "@tensorflow/tfjs-core";
import type { DeviceBuffer } from "../runtime/device-buffer.ts";
import { type Layout, relayout, sameLayout } from "../runtime/layouts.ts";
import { atOnce, type Steps } from "../runtime/steps.ts";
import type { OnnxKernel, Value } from "./kernel.ts";
import type { Numbers, NumericType } from "./numbers.ts";

/** A kernel call that has not run yet. */
export interface Node {
  readonly kernel: OnnxKernel;
  readonly inputs: readonly LazyValue[];
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly outputs: LazyValue[];
  /** Calls are numbered as they are made: sorting by it puts every node behind its inputs. */
  readonly order: number;
  /** The last walk by `collect` that came here. */
  walk: number;
}

let calls = 0;

/** The `order` of the next call. */
export const nextOrder = (): number => calls;

/** Elements of the longest tensor, and most calls, that a fresh variable such as `0.25 · ones` is made from. */
const SHORT = 1024;
const FEW_CALLS = 4;

/**
 * The contents of a tensor: known (a leaf), or the result of a node that still has to run. Shapes are
 * logical, as TensorFlow.js sees them.
 */
export class LazyValue implements Value {
  readonly shape: readonly number[];
  readonly dtype: NumericType;
  /** The call that makes this value, until it has run. */
  node: Node | undefined;
  /** How many calls make this value out of scalars and short vectors; Infinity for other values. */
  #calls: number;
  #data: Numbers | undefined;
  #buffer: DeviceBuffer | undefined;
  #layout: Layout;
  /** Whether nobody but values of the same elements holds the data, so that its memory can be used again. */
  #owned = false;
  #reshaped: Map<string, LazyValue> | undefined;
  /** The value of which this has the elements under another shape. */
  base: LazyValue | undefined;
  /** The last walk by `collect` that came here. */
  walk = 0;
  /** The number by which the text of `structureOf` that is being written calls this value. */
  id = 0;

  private constructor(shape: readonly number[], dtype: NumericType, calls: number) {
    this.shape = shape;
    this.dtype = dtype;
    this.#calls = calls;
  }

  /** A known value; `data` is row-major and is kept, not copied. `owned` says that nobody else holds it. */
  static leaf(data: Contents, shape: readonly number[], dtype: NumericType, owned = false): LazyValue {
    const value = new LazyValue(shape, dtype, util.sizeFromShape([...shape]) <= SHORT ? 0 : Infinity);
    value.#data = asNumbers(data, dtype);
    value.#owned = owned;
    return value;
  }

  /** A leaf whose contents are never known: an input of a function that is only looked at. */
  static unknown(shape: readonly number[], dtype: NumericType): LazyValue {
    const value = LazyValue.leaf([], shape, dtype);
    value.#data = undefined;
    return value;
  }

  /** Records a call of `kernel` and returns its results, none of which is computed yet. */
  static call(
    kernel: OnnxKernel,
    inputs: readonly LazyValue[],
    attrs: Readonly<Record<string, unknown>>,
    results: readonly { shape: readonly number[]; dtype: NumericType }[],
  ): LazyValue[] {
    let behind = 1;
    for (const input of inputs) behind += input.#calls;
    const outputs = results.map(({ shape, dtype }) => new LazyValue(shape, dtype, behind));
    const node = { kernel, inputs, attrs, outputs, order: calls++, walk: 0 };
    for (const value of outputs) value.node = node;
    return outputs;
  }

  /** The same elements under another shape: TensorFlow.js's tensors share their data with their reshapes. */
  as(shape: readonly number[], reshape: OnnxKernel): LazyValue {
    if (util.arraysEqual(this.shape as number[], shape as number[])) return this;
    const key = shape.join();
    this.#reshaped ??= new Map();
    let value = this.#reshaped.get(key);
    if (!value) {
      value =
        this.#data && !this.#layout
          ? LazyValue.leaf(this.#data, shape, this.dtype)
          : LazyValue.call(reshape, [this], { shape: [...shape] }, [{ shape, dtype: this.dtype }])[0];
      value.base = this;
      this.#reshaped.set(key, value);
    }
    return value;
  }

  /** Whether this looks like a fresh variable's value: many elements out of next to nothing. */
  get isConstant(): boolean {
    return this.#calls <= FEW_CALLS && this.shape.length > 0;
  }

  /** Makes a leaf of this value once its node has run; `owned` says that nobody else holds `data`. */
  resolve(data: Numbers, layout: Layout, owned: boolean): void {
    this.#data = data;
    this.#layout = layout;
    this.#owned = owned;
    this.#calls = Infinity;
    this.node = undefined;
  }

  /** Contents of a leaf in the layout asked for, which it then keeps, in the main memory. */
  *in(layout: Layout): Steps<Numbers> {
    this.#data = relayout(yield* this.#contents(), this.shape, this.#layout, layout);
    this.#layout = layout;
    this.freeBuffer();
    return this.#data;
  }

  /** Brings the contents of a leaf from the device to the main memory. */
  *fetch(): Steps<void> {
    yield* this.in(this.#layout);
  }

  /** Makes a leaf of this value whose contents lie on the device. */
  resolveTo(buffer: DeviceBuffer, layout: Layout): void {
    buffer.hold();
    this.freeBuffer();
    this.#buffer = buffer;
    this.#data = undefined;
    this.#layout = layout;
    this.node = undefined;
  }

  /** The buffer on the device that holds the contents of a leaf in this layout, if there is one. */
  bufferIn(layout: Layout): DeviceBuffer | undefined {
    return sameLayout(this.#layout, layout) ? this.#buffer : undefined;
  }

  /** Whether this is a leaf without contents. */
  get isUnknown(): boolean {
    return !this.node && !this.#data && !this.#buffer;
  }

  get isOnDevice(): boolean {
    return this.#buffer !== undefined;
  }

  /** Frees the buffer on the device of a leaf that nothing will read any more. */
  freeBuffer(): void {
    this.#buffer?.release();
    this.#buffer = undefined;
  }

  /** Contents of a leaf in row-major order; the caller may keep them. */
  *read(): Steps<Numbers> {
    if (!this.#layout) this.#giveAway();
    return relayout(yield* this.#contents(), this.shape, this.#layout, undefined);
  }

  /** Someone else holds the memory from now on, which values of other shapes may share. */
  #giveAway(): void {
    this.#owned = false;
    if (this.base) this.base.#giveAway();
  }

  /** What `read` gives where it need not wait. */
  get values(): Numbers {
    return atOnce(this.read());
  }

  get known(): Numbers | undefined {
    return this.#data && !this.node ? this.values : undefined;
  }

  /** Whether this is a leaf whose memory nobody else holds. */
  get ownsMemory(): boolean {
    return this.#owned;
  }

  /** Gives up the contents of a leaf whose tensor is gone: their memory, once, unless someone else holds it. */
  retire(): Numbers | undefined {
    if (!this.#owned) return undefined;
    this.#owned = false;
    return this.#data;
  }

  *#contents(): Steps<Numbers> {
    const data = this.#data ?? (this.#buffer && (yield* this.#buffer.read()));
    if (!data) throw new Error("Cannot read a value: expected one that has been computed");
    return data;
  }
}

/** What a tensor of numbers may be made of. */
type Contents = backend_util.BackendValues | readonly number[];

function asNumbers(data: Contents, dtype: NumericType): Numbers {
  if (dtype === "float32")
    return data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number>);
  if (dtype === "int32")
    return data instanceof Int32Array ? data : Int32Array.from(data as ArrayLike<number>);
  return data instanceof Uint8Array ? data : Uint8Array.from(data as ArrayLike<number>);
}
