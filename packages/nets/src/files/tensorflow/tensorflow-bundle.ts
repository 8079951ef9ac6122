import type { NamedTensor } from "@amface/numpy";
import { messageFields } from "./byte-reader.ts";
import { maskedCrc32c } from "./crc32c.ts";
import { readTable } from "./leveldb-table.ts";

/** A TensorFlow checkpoint that cannot be read: truncated, damaged, or of another kind. */
export class CheckpointFormatError extends Error {
  override readonly name = "CheckpointFormatError";
}

/** A tensor as the index of a checkpoint describes it. */
export interface BundleEntry {
  readonly name: string;
  /** TensorFlow's number of the type; 1 is float32. */
  readonly dtype: number;
  readonly shape: readonly number[];
  /** The data file that holds it, and where. */
  readonly shard: number;
  readonly offset: number;
  readonly size: number;
  readonly crc32c: number;
}

const FLOAT32 = 1;

/**
 * Reads the index of a checkpoint (`PREFIX.index`, TensorFlow's "tensor bundle"): a LevelDB table from names of
 * variables to descriptions, and from the empty name to the number of data files.
 *
 * @param source What the bytes are, for error messages.
 * @throws {CheckpointFormatError}
 */
export function readBundleIndex(
  bytes: Uint8Array,
  source: string,
): { readonly shards: number; readonly entries: readonly BundleEntry[] } {
  try {
    const [header, ...rest] = readTable(bytes);
    if (header?.[0] !== "") throw new RangeError("it has no header");
    const fields = messageFields(header[1]);
    if (number(fields, 2) !== 0) throw new RangeError("its numbers are big-endian");
    return { shards: number(fields, 1), entries: rest.map(([name, value]) => toEntry(name, value)) };
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new CheckpointFormatError(
      `Cannot read ${source} as the index of a TensorFlow checkpoint: expected a LevelDB table, but ${cause.message}`,
      { cause },
    );
  }
}

type Fields = ReturnType<typeof messageFields>;
const number = (fields: Fields, field: number) => (fields.get(field)?.at(-1) ?? 0) as number;
const messages = (fields: Fields, field: number) => (fields.get(field) ?? []) as Uint8Array[];

function toEntry(name: string, value: Uint8Array): BundleEntry {
  const fields = messageFields(value);
  if (fields.has(7)) throw new RangeError(`${name} is cut into slices, which is not supported`);
  const [shape] = messages(fields, 2);
  const dimensions = shape ? messages(messageFields(shape), 2) : [];
  return {
    name,
    dtype: number(fields, 1),
    shape: dimensions.map((dimension) => number(messageFields(dimension), 1)),
    shard: number(fields, 3),
    offset: number(fields, 4),
    size: number(fields, 5),
    crc32c: number(fields, 6),
  };
}

/**
 * The float32 tensors of a checkpoint, each checked against its checksum. Variables of other types, such as the
 * step, are left out.
 *
 * @param data The contents of the data files, by their number.
 * @throws {CheckpointFormatError}
 */
export function readBundleTensors(
  entries: readonly BundleEntry[],
  data: readonly Uint8Array[],
  source: string,
): Map<string, NamedTensor> {
  const tensors = new Map<string, NamedTensor>();
  for (const { name, dtype, shape, shard, offset, size, crc32c } of entries) {
    if (dtype !== FLOAT32) continue;
    const refuse = (expected: string, got: string): never => {
      throw new CheckpointFormatError(`Cannot read ${name} from ${source}: expected ${expected}, got ${got}`);
    };
    const count = shape.reduce((product, length) => product * length, 1);
    if (size !== 4 * count) refuse(`${4 * count} bytes for [${shape}]`, `${size}`);
    const file = data[shard];
    if (file === undefined || offset + size > file.length) {
      refuse(`data file ${shard} with at least ${offset + size} bytes`, file ? `${file.length}` : "none");
    }
    const bytes = file.subarray(offset, offset + size);
    if (maskedCrc32c(bytes) !== crc32c)
      refuse("the values that were written", "others: the checksum is wrong");
    tensors.set(name, { name, shape, data: new Float32Array(new Uint8Array(bytes).buffer) });
  }
  return tensors;
}
