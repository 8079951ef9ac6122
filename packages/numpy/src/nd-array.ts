/** Numbers of an array, by their NumPy type code. */
export type NdData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array;

/** A NumPy array in row-major (C) order. */
export interface NdArray {
  data: NdData;
  shape: readonly number[];
}

const TYPES = {
  f4: Float32Array,
  f8: Float64Array,
  i1: Int8Array,
  i2: Int16Array,
  i4: Int32Array,
  i8: BigInt64Array,
  u1: Uint8Array,
  u2: Uint16Array,
  u4: Uint32Array,
} as const;

/**
 * Makes an array of the bytes that NumPy stores for it.
 *
 * @param dtype Type code with its byte order, e.g. `<f4` or `|u1`.
 * @param fortran Whether the bytes are in column-major order.
 * @throws {RangeError} When the type is not a little-endian number or the byte count does not fit.
 */
export function ndArray(
  bytes: Uint8Array,
  shape: readonly number[],
  dtype: string,
  fortran: boolean,
): NdArray {
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
  return { data: fortran && shape.length > 1 ? rowMajor(data, shape) : data, shape };
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

/** Reorders column-major data: element (i, j, …) stands at i + n_i·(j + n_j·…). */
function rowMajor(data: NdData, shape: readonly number[]): NdData {
  const result = data.slice();
  const index = new Array<number>(shape.length).fill(0);
  for (let target = 0; target < result.length; target++) {
    let source = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) source = source * shape[axis] + index[axis];
    result[target] = data[source];
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis] === shape[axis]; axis--) index[axis] = 0;
  }
  return result;
}
