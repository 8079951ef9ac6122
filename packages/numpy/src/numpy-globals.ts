import { type NdArray, type NdData, ndArray, sizeOf } from "./nd-array.ts";
import type { Buildable, PickleGlobals } from "./pickle-globals.ts";
import { PYTHON_GLOBALS } from "./python-globals.ts";
import { integer, text } from "./python-values.ts";

/** `numpy.dtype('f4', 0, 1)`; the state adds the byte order. */
class PickledDtype implements Buildable {
  code: string;

  constructor(code: string) {
    this.code = code;
  }

  setState(state: unknown): void {
    if (!Array.isArray(state))
      throw new TypeError("expected a tuple as state of a dtype, got something else");
    this.code = text(state[1]) + this.code;
  }
}

/** An array as `numpy.ndarray` pickles it. */
export class PickledArray implements Buildable {
  shape: readonly number[] = [0];
  /** Numbers, or (dtype object) any pickled values; row-major. */
  data: NdData | readonly unknown[] = new Uint8Array(0);

  /** The state is `(version, shape, dtype, isFortran, bytes or list)`. */
  setState(state: unknown): void {
    if (!Array.isArray(state) || state.length !== 5) {
      throw new TypeError("expected a tuple of five as state of an array, got something else");
    }
    const [, shape, dtype, fortran, content] = state;
    if (!Array.isArray(shape) || !(dtype instanceof PickledDtype)) {
      throw new TypeError("expected a shape and a dtype in the state of an array, got something else");
    }
    if (Array.isArray(content) && dtype.code === "|O8") {
      if (content.length !== sizeOf(shape)) {
        throw new RangeError(`expected ${sizeOf(shape)} objects for [${shape}], got ${content.length}`);
      }
      // In row-major order, whatever the array's own is.
      this.data = content;
      this.shape = shape;
    } else if (content instanceof Uint8Array) {
      this.#set(ndArray(content, shape, dtype.code, fortran === true ? "F" : "C"));
    } else {
      throw new TypeError(`expected the bytes of an array of ${dtype.code}, got something else`);
    }
  }

  /** `_frombuffer(bytes, dtype, shape, order, axes)`: how protocol 5 holds arrays. */
  static fromBuffer([content, dtype, shape, order, axes]: readonly unknown[]): PickledArray {
    if (!(content instanceof Uint8Array && dtype instanceof PickledDtype && Array.isArray(shape))) {
      throw new TypeError("expected bytes, a dtype and a shape of an array, got something else");
    }
    const name = text(order);
    const layout = name === "K" && Array.isArray(axes) ? axes : name;
    if (layout !== "C" && layout !== "F" && !Array.isArray(layout)) {
      throw new TypeError(`expected the order C, F or K with its axes, got ${name}`);
    }
    const result = new PickledArray();
    result.#set(ndArray(content, shape, dtype.code, layout));
    return result;
  }

  #set({ data, shape }: NdArray): void {
    this.data = data;
    this.shape = shape;
  }
}

/** `scalar(dtype, bytes)`, such as `np.bool_(True)`: a boolean or number, of 64 bits as Python's integers. */
function scalar([dtype, content]: readonly unknown[]): boolean | number | bigint {
  if (!(dtype instanceof PickledDtype && content instanceof Uint8Array)) {
    throw new TypeError("expected a dtype and the bytes of a number, got something else");
  }
  const [value] = ndArray(content, [], dtype.code, "C").data;
  if (dtype.code === "|b1") return value !== 0;
  return typeof value === "bigint" ? integer(value) : value;
}

function refuseCall(): never {
  throw new TypeError("expected numpy.ndarray as a type only, got a call of it");
}

/** What NumPy's own pickles of arrays and scalars call, and what those of bytes do; nothing else. */
export const NUMPY_GLOBALS: PickleGlobals = new Map<string, (args: readonly unknown[]) => unknown>([
  ...PYTHON_GLOBALS,
  // Version 2 renamed `numpy.core`.
  ...["numpy.core", "numpy._core"].flatMap((core) => [
    [`${core}.multiarray._reconstruct`, () => new PickledArray()] as const,
    [`${core}.multiarray.scalar`, scalar] as const,
    [`${core}.numeric._frombuffer`, PickledArray.fromBuffer] as const,
  ]),
  ["numpy.ndarray", refuseCall],
  ["numpy.dtype", ([code]) => new PickledDtype(text(code))],
]);

/** The elements of a pickled list, tuple or array, row-major; of anything else, bytes included, `undefined`. */
export function elementsOf(value: unknown): ArrayLike<unknown> | undefined {
  if (Array.isArray(value)) return value;
  return value instanceof PickledArray ? value.data : undefined;
}
