import { toFloat32 } from "./element-types.ts";

/** Numbers of an array, by their NumPy type code; booleans (`b1`) are bytes 0 and 1. */
export type NdData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | BigUint64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array;

/** A NumPy array in row-major (C) order. */
export interface NdArray {
  data: NdData;
  shape: readonly number[];
}

const TYPES = {
  b1: Uint8Array,
  f4: Float32Array,
  f8: Float64Array,
  i1: Int8Array,
  i2: Int16Array,
  i4: Int32Array,
  i8: BigInt64Array,
  u1: Uint8Array,
  u2: Uint16Array,
  u4: Uint32Array,
  u8: BigUint64Array,
} as const;

/** Row-major, column-major, or row-major up to a transposition that puts axis `order[i]` in place `i`. */
type AxisOrder = "C" | "F" | readonly number[];

/**
 * Makes an array of the bytes that NumPy stores for it; float16 becomes float32.
 *
 * @param shape Of the bytes: transposed by `order` where that is a list.
 * @param dtype Type code with its byte order, e.g. `<f4` or `|u1`.
 * @throws {RangeError} When the type is not a little-endian number, the byte count does not fit, or the order is
 *   none of the shape's axes.
 */
export function ndArray(
  bytes: Uint8Array,
  shape: readonly number[],
  dtype: string,
  order: AxisOrder,
): NdArray {
  if (dtype === "<f2" && bytes.length % 2 === 0) {
    const { buffer } = toFloat32("F16", bytes);
    return ndArray(new Uint8Array(buffer), shape, "<f4", order);
  }
  const Type = TYPES[dtype.slice(1) as keyof typeof TYPES];
  if (!Type || (dtype[0] !== "<" && !(dtype[0] === "|" && Type.BYTES_PER_ELEMENT === 1))) {
    throw new RangeError(`expected little-endian numbers (<f4, <f8, <i4, |u1, …), got dtype ${dtype}`);
  }
  const count = sizeOf(shape);
  if (bytes.length !== count * Type.BYTES_PER_ELEMENT) {
    throw new RangeError(
      `expected ${count * Type.BYTES_PER_ELEMENT} bytes for [${shape}] of ${dtype}, got ${bytes.length}`,
    );
  }
  // A copy, so that the numbers are aligned; `slice()` of a Node Buffer would not copy.
  const data = new Type(new Uint8Array(bytes).buffer);
  if (order === "C" || (order === "F" && shape.length < 2)) return { data, shape };
  // Column-major is row-major of the axes in reverse.
  if (order === "F") return transpose(data, shape.toReversed(), [...shape.keys()].reverse());
  return transpose(data, shape, order);
}

/**
 * Number of elements of a shape.
 *
 * @throws {RangeError} When a dimension is no count.
 */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const dim of shape) {
    if (!Number.isInteger(dim) || dim < 0) throw new RangeError(`expected a shape of counts, got [${shape}]`);
    size *= dim;
  }
  return size;
}

/** Puts axis `axes[i]` of row-major data in place `i`. */
function transpose(data: NdData, shape: readonly number[], axes: readonly number[]): NdArray {
  if (String(axes.toSorted((a, b) => a - b)) !== String([...shape.keys()])) {
    throw new RangeError(`expected an order of the ${shape.length} axes of [${shape}], got [${axes}]`);
  }
  const to = axes.map((axis) => shape[axis]);
  const strides = axes.map((axis) => sizeOf(shape.slice(axis + 1)));
  const result = data.slice();
  const index = new Array<number>(to.length).fill(0);
  for (let target = 0; target < result.length; target++) {
    result[target] = data[index.reduce((at, i, axis) => at + i * strides[axis], 0)];
    for (let axis = to.length - 1; axis >= 0 && ++index[axis] === to[axis]; axis--) index[axis] = 0;
  }
  return { data: result, shape: to };
}
