import { type NdArray, ndArray, sizeOf } from "./nd-array.ts";
import { NUMPY_GLOBALS, PickledArray } from "./numpy-globals.ts";
import { readPickle } from "./read-pickle.ts";

/** A file that is not in NumPy's `.npy` format, or holds what is not read here. */
export class NpyError extends Error {
  override readonly name = "NpyError";

  constructor(message: string, options?: ErrorOptions) {
    super(`Cannot read the .npy file: ${message}`, options);
  }
}

/**
 * Reads a `.npy` file (format versions 1 to 3). Arrays of numbers give an `NdArray`; an array of objects,
 * which NumPy pickles, gives its elements: numbers, strings, arrays of numbers and dictionaries (`Map`). One of texts
 * (`<U12`, `|S12`) gives these.
 *
 * @throws {NpyError} When the file has another format or an unknown type of number.
 * @throws {PickleError} When the pickle holds anything but plain data.
 */
export function readNpy(bytes: Uint8Array): NdArray | readonly unknown[] {
  const { descr, fortran, shape, dataStart } = readNpyHeader(bytes);
  if (descr === "|O") {
    const value = readPickle(bytes, dataStart, NUMPY_GLOBALS);
    if (value instanceof PickledArray && Array.isArray(value.data) && value.data.length === sizeOf(shape)) {
      return value.data;
    }
    throw new NpyError(`expected a pickled array of ${sizeOf(shape)} objects, got something else`);
  }
  const text = /^[<|]([US])(\d+)$/.exec(descr);
  if (text) return readTexts(bytes.subarray(dataStart), shape, text[1] === "U" ? 4 : 1, Number(text[2]));
  try {
    return ndArray(bytes.subarray(dataStart), shape, descr, fortran ? "F" : "C");
  } catch (cause) {
    throw new NpyError((cause as Error).message, { cause });
  }
}

/** Texts of `length` characters, filled up with zeros: of 32 bits, or bytes in UTF-8. */
function readTexts(bytes: Uint8Array, shape: readonly number[], width: 1 | 4, length: number): string[] {
  const [count, each] = [sizeOf(shape), width * length];
  if (bytes.length !== count * each || (each === 0 && count > 0)) {
    throw new NpyError(`expected ${count * each} bytes of ${count} texts, got ${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const utf8 = new TextDecoder();
  const at = (start: number) => {
    if (width === 1) return utf8.decode(bytes.subarray(start, start + length)).replace(/\0+$/, "");
    const codes = Array.from({ length }, (_, i) => view.getUint32(start + 4 * i, true));
    const last = codes.findLastIndex((code) => code !== 0);
    if (codes.some((code) => code > 0x10ffff))
      throw new NpyError("expected characters of Unicode, got others");
    return String.fromCodePoint(...codes.slice(0, last + 1));
  };
  return Array.from({ length: count }, (_, i) => at(i * each));
}

/**
 * The header, a Python literal such as `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`, of the first bytes.
 *
 * @throws {NpyError} Where they do not begin so.
 */
export function readNpyHeader(bytes: Uint8Array): {
  readonly descr: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  readonly dataStart: number;
} {
  const latin1 = new TextDecoder("latin1");
  if (bytes[0] !== 0x93 || latin1.decode(bytes.subarray(1, 6)) !== "NUMPY") {
    throw new NpyError(`expected the bytes "\\x93NUMPY" at its start, got something else`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6];
  const start = version === 1 ? 10 : 12;
  if (!(version >= 1 && version <= 3) || bytes.length < start) {
    throw new NpyError(`expected format version 1, 2 or 3 and a header, got version ${version}`);
  }
  const dataStart = start + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (dataStart > bytes.length) throw new NpyError("expected a whole header, got the end of the file");
  const header = latin1.decode(bytes.subarray(start, dataStart));
  const descr = /'descr': *'([^']*)'/.exec(header)?.[1];
  const fortran = /'fortran_order': *(True|False)/.exec(header)?.[1];
  const dims = /'shape': *\(([\d, ]*)\)/.exec(header)?.[1];
  if (descr === undefined || fortran === undefined || dims === undefined) {
    throw new NpyError(
      `expected descr, fortran_order and shape in its header, got ${JSON.stringify(header.trim().slice(0, 200))}`,
    );
  }
  const shape = dims
    .split(",")
    .filter((dim) => dim.trim() !== "")
    .map(Number);
  return { descr, fortran: fortran === "True", shape, dataStart };
}
