import type { ByteSource } from "./byte-source.ts";
import { ELEMENT_TYPES, fromFloat32, toFloat32 } from "./element-types.ts";

/** A named float32 tensor. */
export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Row-major values. */
  readonly data: Float32Array;
}

/** What a safetensors file holds. */
export interface Safetensors {
  readonly tensors: ReadonlyMap<string, NamedTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A safetensors file that cannot be read: truncated, damaged, or of another kind. */
export class SafetensorsError extends Error {
  override readonly name = "SafetensorsError";
}

const METADATA = "__metadata__";
/** The format's own limit on the length of its header, in bytes. */
const MAX_HEADER = 100_000_000;

/** How values are stored. */
export interface SafetensorsOptions {
  /** `F32` (default), or `F16`: the nearest float16, of two as near the even one. */
  readonly dtype?: "F32" | "F16";
}

/**
 * Encodes tensors in the safetensors format: length of the header (u64), header (JSON), values (little
 * endian, in the given order).
 *
 * @returns The file in pieces, to be written one after the other; float32 values are not copied.
 * @throws {RangeError} Where a shape does not fit its data, a name comes twice, or a finite value is too large for float16.
 */
export function encodeSafetensors(
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>> = {},
  { dtype = "F32" }: SafetensorsOptions = {},
): Uint8Array[] {
  const header: Record<string, unknown> = { [METADATA]: metadata };
  const values: Uint8Array[] = [];
  let offset = 0;
  for (const { name, shape, data } of tensors) {
    if (sizeOf(shape) !== data.length) {
      throw new RangeError(
        `Cannot encode tensor ${name}: expected ${sizeOf(shape)} values, got ${data.length}`,
      );
    }
    if (Object.hasOwn(header, name))
      throw new RangeError(`Cannot encode tensor ${name}: its name comes twice`);
    const bytes = encodeValues(name, dtype, data);
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
    values.push(bytes);
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const start = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20); // padded with spaces: values stay aligned
  new DataView(start.buffer).setBigUint64(0, BigInt(start.length - 8), true);
  start.set(json, 8);
  return [start, ...values];
}

function encodeValues(name: string, dtype: "F32" | "F16", data: Float32Array): Uint8Array {
  try {
    return fromFloat32(dtype, data);
  } catch (cause) {
    throw new RangeError(`Cannot encode tensor ${name}: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Decodes a safetensors file and checks all of it: lengths, types, and that the values fill the file without gaps or
 * overlaps. Tensors of other types than float32 (float64, float16, bfloat16, int64, int32) become float32.
 *
 * @param source What the bytes are, for error messages.
 * @throws {SafetensorsError}
 */
export function decodeSafetensors(bytes: Uint8Array, source: string): Safetensors {
  const fail = (expected: string, got: string): never => {
    throw new SafetensorsError(`Cannot read ${source} as safetensors: expected ${expected}, got ${got}`);
  };
  if (bytes.length < 8) fail("at least 8 bytes", `${bytes.length}`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > MAX_HEADER || length > bytes.length - 8) {
    fail(`a header within the file's ${bytes.length} bytes`, `a header of ${length} bytes`);
  }
  const header = parseHeader(bytes.subarray(8, 8 + length));
  if (header === undefined) return fail("a JSON object as header", "something else");

  const values = bytes.subarray(8 + length);
  const { [METADATA]: metadata = {}, ...entries } = header;
  if (!isStringMap(metadata)) return fail("metadata to map names to strings", JSON.stringify(metadata));
  const tensors = new Map<string, NamedTensor>();
  const sorted = Object.entries(entries).map(([name, entry]) => {
    if (!isEntry(entry)) {
      const types = Object.keys(ELEMENT_TYPES).join(", ");
      return fail(`dtype (${types}), shape and data_offsets for ${name}`, JSON.stringify(entry));
    }
    return { name, ...entry };
  });
  sorted.sort((a, b) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1]);
  let offset = 0;
  for (const { name, dtype, shape, data_offsets } of sorted) {
    const end = offset + ELEMENT_TYPES[dtype].bytes * sizeOf(shape);
    if (data_offsets[0] !== offset || data_offsets[1] !== end) {
      fail(`${name} at bytes ${offset} to ${end}`, `${data_offsets[0]} to ${data_offsets[1]}`);
    }
    if (end > values.length)
      fail(`${end} bytes of values or more (${name})`, `${values.length}; the file is truncated`);
    tensors.set(name, { name, shape, data: toFloat32(dtype, values.subarray(offset, end)) });
    offset = end;
  }
  if (offset !== values.length) fail(`${offset} bytes of values`, `${values.length}`);
  return { tensors, metadata };
}

/**
 * What a safetensors file has, without reading its values.
 *
 * @throws {SafetensorsError} Where it does not begin as one.
 */
export function listSafetensors(
  source: ByteSource,
  name: string,
): Omit<Safetensors, "tensors"> & {
  /** With the bytes of the file where their values stand. */
  readonly tensors: ReadonlyMap<
    string,
    {
      readonly dtype: string;
      readonly shape: readonly number[];
      readonly start: number;
      readonly end: number;
    }
  >;
} {
  const start = source.size < 8 ? undefined : source.read(0, 8);
  const length = start
    ? Number(new DataView(start.buffer, start.byteOffset).getBigUint64(0, true))
    : Number.NaN;
  const whole = length <= MAX_HEADER && length <= source.size - 8;
  const header = whole ? parseHeader(source.read(8, 8 + length)) : undefined;
  const { [METADATA]: metadata = {}, ...entries } = header ?? {};
  if (!header || !isStringMap(metadata) || !Object.values(entries).every(isEntry)) {
    throw new SafetensorsError(
      `Cannot read ${name} as safetensors: expected a header of names, types and shapes, got another`,
    );
  }
  const tensors = Object.entries(entries as Record<string, Entry>).map(
    ([name, { dtype, shape, data_offsets: offsets }]) => {
      const [start, end] = offsets.map((offset) => 8 + length + offset);
      return [name, { dtype, shape, start, end }] as const;
    },
  );
  return { metadata, tensors: new Map(tensors) };
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

function parseHeader(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return isObject(header) ? header : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isStringMap(value: unknown): value is Record<string, string> {
  return isObject(value) && Object.values(value).every((item) => typeof item === "string");
}

interface Entry {
  readonly dtype: string;
  readonly shape: number[];
  readonly data_offsets: [number, number];
}

function isEntry(value: unknown): value is Entry {
  if (!isObject(value) || typeof value.dtype !== "string" || !Object.hasOwn(ELEMENT_TYPES, value.dtype))
    return false;
  const counts = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((item) => Number.isSafeInteger(item) && item >= 0);
  return counts(value.shape) && counts(value.data_offsets) && value.data_offsets.length === 2;
}
