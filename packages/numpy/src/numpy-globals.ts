import { type NdArray, type NdData, ndArray, sizeOf } from "./nd-array.ts";
import { type Buildable, type PickleGlobals, text } from "./read-pickle.ts";

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

/** An array as `numpy.ndarray` pickles it: numbers, or (dtype object) any pickled values. */
export class PickledArray implements Buildable, NdArray {
  shape: readonly number[] = [0];
  data: NdData = new Uint8Array(0);
  /** The elements of an array of objects. */
  objects: readonly unknown[] | undefined;

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
      this.objects = content;
      this.shape = shape;
    } else if (content instanceof Uint8Array) {
      Object.assign(this, ndArray(content, shape, dtype.code, fortran === true));
    } else {
      throw new TypeError(`expected the bytes of an array of ${dtype.code}, got something else`);
    }
  }
}

/** `_frombuffer(bytes, dtype, shape, order)`: how protocol 5 holds arrays. */
function fromBuffer([content, dtype, shape, order]: readonly unknown[]): PickledArray {
  const result = new PickledArray();
  result.setState([1, shape, dtype, text(order) === "F", content]);
  return result;
}

/** What NumPy's own pickles of arrays call, and nothing else. Version 2 renamed `numpy.core` to `numpy._core`. */
export const NUMPY_GLOBALS: PickleGlobals = new Map<string, (args: readonly unknown[]) => unknown>([
  ["numpy.core.multiarray._reconstruct", () => new PickledArray()],
  ["numpy._core.multiarray._reconstruct", () => new PickledArray()],
  ["numpy.core.numeric._frombuffer", fromBuffer],
  ["numpy._core.numeric._frombuffer", fromBuffer],
  [
    "numpy.ndarray",
    () => {
      throw new TypeError("expected numpy.ndarray as a type only, got a call of it");
    },
  ],
  ["numpy.dtype", ([code]) => new PickledDtype(text(code))],
]);
