import { ListError } from "./list-error.ts";
import { MATRIX, type MatElement, type MatOrder, matElements } from "./mat-elements.ts";

/** A variable of a MAT-file: numbers or texts in the order of columns, or a cell array of such. */
export type MatValue =
  | { readonly kind: "numbers"; readonly numbers: Float64Array }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "cells"; readonly cells: readonly MatValue[] };

const HEADER = 128;
/** Classes of arrays (MAT-File Format, table 1-3). */
const [CELL, CHAR, DOUBLE, UINT64] = [1, 4, 6, 15];
/** Cells within cells. */
const DEEPEST = 8;

/**
 * Reads variables of a MATLAB file as versions 5 to 7 write it (`save -v6`, `-v7`): arrays of real numbers, rows of text, and
 * cell arrays of both. Others are passed over unless asked for.
 *
 * @param names The variables that are wanted.
 * @param file What error messages call it.
 * @returns Those of them that there are.
 * @throws {ListError} When it is no such file, is damaged, or a wanted variable is of another class.
 */
export function parseMat(
  bytes: Uint8Array,
  names: readonly string[],
  file: string,
): ReadonlyMap<string, MatValue> {
  const order = { file, little: isLittle(bytes, file) };
  const body = new DataView(bytes.buffer, bytes.byteOffset + HEADER, bytes.byteLength - HEADER);
  const values = new Map<string, MatValue>();
  for (const element of matElements(body, order)) {
    if (element.type !== MATRIX || element.data.byteLength === 0) continue;
    const array = openArray(element.data, order);
    if (names.includes(array.name)) values.set(array.name, arrayValue(array, order, 0));
  }
  return values;
}

function isLittle(bytes: Uint8Array, file: string): boolean {
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, HEADER));
  const endian = text.slice(126);
  const version = bytes[endian === "IM" ? 125 : 124];
  if (bytes.length >= HEADER && (endian === "IM" || endian === "MI") && version === 1) return endian === "IM";
  const got = text.startsWith("MATLAB 7.3") ? "version 7.3, which is HDF5" : "something else";
  throw new ListError(
    `Cannot read ${file}: expected a MATLAB file of version 5 to 7, got ${got}; save it by save -v7`,
  );
}

interface MatArray {
  readonly name: string;
  readonly kind: number;
  readonly complex: boolean;
  /** How many values there are by the array's dimensions. */
  readonly count: number;
  readonly rows: number;
  readonly rest: Iterator<MatElement>;
  readonly bytes: number;
}

function openArray(data: DataView, order: MatOrder): MatArray {
  const rest = matElements(data, order);
  const flags = next(rest, order, 8).data;
  const dimensions = numbersOf(next(rest, order, 8), order);
  const name = textOf(next(rest, order, 0), order);
  const word = flags.getUint32(0, order.little);
  const count = dimensions.reduce((product, length) => product * length, 1);
  if (dimensions.some((length) => length < 0)) {
    throw new ListError(`Cannot read ${order.file}: expected lengths of an array, got ${dimensions[0]}`);
  }
  const kind = word & 0xff;
  return {
    name,
    kind,
    complex: (word & 0x800) !== 0,
    count,
    rows: dimensions[0],
    rest,
    bytes: data.byteLength,
  };
}

function arrayValue(array: MatArray, order: MatOrder, depth: number): MatValue {
  const { kind, count, rest, name, complex, rows, bytes } = array;
  const fail = (expected: string, got: string): never => {
    throw new ListError(
      `Cannot read ${order.file}: expected ${expected}${name && ` in ${name.slice(0, 60)}`}, got ${got}`,
    );
  };
  if (kind === CELL) {
    if (depth === DEEPEST) fail(`cells within cells ${DEEPEST} times at most`, "more");
    // Each takes a tag of 8 bytes or more.
    if (count * 8 > bytes) fail(`${count} cells`, `${bytes} bytes`);
    const cells = Array.from({ length: count }, (): MatValue => {
      const { type, data } = next(rest, order, 0);
      if (type !== MATRIX) return fail("a cell", `an element of type ${type}`);
      if (data.byteLength === 0) return { kind: "numbers", numbers: new Float64Array() };
      return arrayValue(openArray(data, order), order, depth + 1);
    });
    return { kind: "cells", cells };
  }
  if (kind === CHAR) {
    if (count > 0 && rows !== 1) fail("one row of text", `${rows} rows`);
    return { kind: "text", text: count === 0 ? "" : textOf(next(rest, order, 0), order) };
  }
  if (kind < DOUBLE || kind > UINT64 || complex) {
    fail("real numbers, text or cells", complex ? "complex numbers" : `an array of class ${kind}`);
  }
  const numbers = numbersOf(next(rest, order, 0), order);
  if (numbers.length !== count) fail(`${count} numbers`, `${numbers.length}`);
  return { kind: "numbers", numbers };
}

function next(elements: Iterator<MatElement>, { file }: MatOrder, fewest: number): MatElement {
  const { done, value } = elements.next();
  if (!done && value.data.byteLength >= fewest) return value;
  throw new ListError(`Cannot read ${file}: expected a part of an array, got its end`);
}

type NumberType = [bytes: number, read: (view: DataView, at: number, little: boolean) => number];

/** Numbers by the type of their element: MATLAB stores them as small as they go. */
const NUMBERS: Readonly<Record<number, NumberType>> = {
  1: [1, (view, at) => view.getInt8(at)],
  2: [1, (view, at) => view.getUint8(at)],
  3: [2, (view, at, little) => view.getInt16(at, little)],
  4: [2, (view, at, little) => view.getUint16(at, little)],
  5: [4, (view, at, little) => view.getInt32(at, little)],
  6: [4, (view, at, little) => view.getUint32(at, little)],
  7: [4, (view, at, little) => view.getFloat32(at, little)],
  9: [8, (view, at, little) => view.getFloat64(at, little)],
  12: [8, (view, at, little) => Number(view.getBigInt64(at, little))],
  13: [8, (view, at, little) => Number(view.getBigUint64(at, little))],
};

function numbersOf({ type, data }: MatElement, { file, little }: MatOrder): Float64Array {
  const form = NUMBERS[type];
  if (form === undefined) {
    throw new ListError(`Cannot read ${file}: expected numbers, got an element of type ${type}`);
  }
  const [bytes, read] = form;
  return Float64Array.from({ length: Math.floor(data.byteLength / bytes) }, (_, i) =>
    read(data, i * bytes, little),
  );
}

const UTF16 = 17;

/** Text in UTF-8, or, as MATLAB writes it, in numbers of 16 bits. */
function textOf(element: MatElement, order: MatOrder): string {
  const { type, data } = element;
  if (type === 4 || type === UTF16) {
    const codes = numbersOf({ type: 4, data }, order);
    return Array.from(codes, (code) => String.fromCharCode(code)).join("");
  }
  return new TextDecoder().decode(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}
