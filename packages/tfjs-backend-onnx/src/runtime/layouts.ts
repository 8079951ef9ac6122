/**
 * The order in which a tensor's axes lie in memory: `layout[i]` is the logical axis stored at position `i`,
 * outermost first. TensorFlow.js speaks of `[B, H, W, C]`; ONNX Runtime convolves `[B, C, H, W]`, so a
 * convolution's result has the logical shape `[B, H, W, C]` and the layout `[0, 3, 1, 2]`.
 * `undefined` stands for the plain row-major order.
 */
export type Layout = readonly number[] | undefined;

/** Images `[B, H, W, C]` stored as `[B, C, H, W]`. */
export const NCHW: Layout = [0, 3, 1, 2];
/** Images `[B, H, W, C]` stored as `[H, W, B, C]`: a position's channels of all images in one piece. */
export const HWBC: Layout = [1, 2, 0, 3];
/** Images `[B, H, W, C]` stored as `[C, B, H, W]`: every channel in one piece. */
export const CBHW: Layout = [3, 0, 1, 2];
/**
 * Images `[B, H, W, C]` in the processor's own layout for convolutions, `[B, C / b, H, W, b]`: the channels of a block lie beside
 * each other. For ONNX Runtime their sizes are still `[B, C, H, W]`; nothing but a scalar can broadcast to them, and no permutation of
 * axes leads there.
 */
export const BLOCKS: Layout = [0, 3, 1, 2, 3];
/** Filters `[H, W, in, out]` stored as `[out, in, H, W]`. */
export const OIHW: Layout = [3, 2, 0, 1];

/** `order` as a layout: `undefined` when it is the plain one. */
export function toLayout(order: readonly number[]): Layout {
  return order.every((axis, i) => axis === i) ? undefined : order;
}

/** The layout written out for `rank` axes. */
export function orderOf(layout: Layout, rank: number): readonly number[] {
  if (layout === BLOCKS) throw new Error("Cannot tell an order of axes: expected another layout than BLOCKS");
  return layout ?? Array.from({ length: rank }, (_, i) => i);
}

export function sameLayout(a: Layout, b: Layout): boolean {
  return a === b || (a?.length === b?.length && a?.every((axis, i) => axis === b?.[i]) === true);
}

/** Sizes in the order in which they lie in memory. */
export function physicalShape(shape: readonly number[], layout: Layout): number[] {
  return layout ? layout.slice(0, shape.length).map((axis) => shape[axis]) : [...shape];
}

/** What ONNX's `Transpose` needs as `perm` to bring data from one layout to another. */
export function transposition(from: Layout, to: Layout, rank: number): number[] {
  const source = orderOf(from, rank);
  return orderOf(to, rank).map((axis) => source.indexOf(axis));
}

/** Strides (in elements) of a row-major array of these sizes. */
function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  for (let i = shape.length - 1, step = 1; i >= 0; step *= shape[i--]) strides[i] = step;
  return strides;
}

type Numbers = Float32Array | Int32Array | Uint8Array;

/** Copies `data` from one layout to another; `shape` is logical. */
export function relayout<T extends Numbers>(data: T, shape: readonly number[], from: Layout, to: Layout): T {
  if (sameLayout(from, to)) return data;
  const rank = shape.length;
  const out = new (data.constructor as new (length: number) => T)(data.length);
  const sourceStrides = stridesOf(physicalShape(shape, from));
  const perm = transposition(from, to, rank);
  const sizes = physicalShape(shape, to);
  const strides = perm.map((axis) => sourceStrides[axis]);
  const inner = sizes[rank - 1];
  const innerStride = strides[rank - 1];
  const index = new Array<number>(rank).fill(0);
  for (let o = 0, base = 0; o < out.length; ) {
    for (let i = 0, s = base; i < inner; i++, s += innerStride) out[o++] = data[s];
    for (let axis = rank - 2; axis >= 0; axis--) {
      base += strides[axis];
      if (++index[axis] < sizes[axis]) break;
      base -= strides[axis] * sizes[axis];
      index[axis] = 0;
    }
  }
  return out;
}
