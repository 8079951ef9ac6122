/** A photo as shards hold it: a `tf.train.Example` with the keys that TensorFlow's image data sets use. */
export interface FaceRecord {
  /** `image/encoded`: the photo's file, or its pixels `[height, width, 3]` where `format` is `RAW`. */
  readonly encoded: Uint8Array;
  /** `image/format`: `JPEG`, `PNG`, … or `RAW`. */
  readonly format: string;
  /** `image/height` and `image/width`, in pixels. */
  readonly height: number;
  readonly width: number;
  /** `image/class/label`: a number for the identity, from 0. */
  readonly label: number;
  /** `image/class/text`: the identity's name. */
  readonly text: string;
  /** `image/filename`: the photo's place in the folder that was packed. */
  readonly filename: string;
}

/** `FaceRecord` as foreign writers may leave it. */
export type PartialFaceRecord = { [K in keyof FaceRecord]?: FaceRecord[K] | undefined };

const KEYS = {
  encoded: "image/encoded",
  format: "image/format",
  height: "image/height",
  width: "image/width",
  label: "image/class/label",
  text: "image/class/text",
  filename: "image/filename",
} as const;

const FIELDS = new Map<string, keyof FaceRecord>(
  Object.entries(KEYS).map(([field, key]) => [key, field as keyof FaceRecord]),
);

/** Protobuf's wire types. */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/**
 * Encodes a record as `tf.train.Example`:
 * `Example { Features features = 1 }`, `Features { map<string, Feature> feature = 1 }`,
 * `Feature { oneof { BytesList bytes_list = 1; Int64List int64_list = 3 } }`, each list `{ repeated value = 1 }`.
 *
 * Written by hand, as is its reverse, which takes as long as protobufjs does (5 µs a record): so no code is generated
 * at run time, and protobufjs can judge both in the tests.
 *
 * @throws {RangeError} When a number is no whole one from 0.
 */
export function encodeFaceRecord(record: FaceRecord): Uint8Array {
  const features: Uint8Array[] = [];
  for (const [field, key] of Object.entries(KEYS)) {
    const value = record[field as keyof FaceRecord];
    if (typeof value === "number" && !(Number.isSafeInteger(value) && value >= 0)) {
      throw new RangeError(
        `Cannot encode a record: expected ${field} to be a whole number from 0, got ${value}`,
      );
    }
    const list =
      typeof value === "number"
        ? message(3, message(1, varint(value))) // packed
        : message(1, message(1, typeof value === "string" ? utf8(value) : value));
    features.push(message(1, Buffer.concat([message(1, utf8(key)), message(2, list)])));
  }
  return message(1, Buffer.concat(features));
}

/** A length-delimited field. */
function message(field: number, body: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of((field << 3) | BYTES), varint(body.length), body]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

const utf8 = (text: string) => Buffer.from(text, "utf8");

/**
 * Decodes a `tf.train.Example`; `encoded` is a view of `bytes`, not a copy. Features under other keys are passed
 * over, and of a list only the first value counts.
 *
 * @throws {RangeError} When the bytes are no protobuf message.
 */
export function decodeFaceRecord(bytes: Uint8Array): PartialFaceRecord {
  const record: DraftRecord = {};
  const reader = new Reader(bytes);
  while (reader.next()) {
    if (reader.field !== 1) continue;
    const example = reader.enter();
    while (reader.next()) if (reader.field === 1) readFeature(reader, record);
    reader.leave(example);
  }
  return record as PartialFaceRecord;
}

type DraftRecord = { -readonly [K in keyof FaceRecord]?: unknown };

/** Reads the entry of the map at which the reader stands: its key is field 1, its value field 2. */
function readFeature(reader: Reader, record: DraftRecord): void {
  const features = reader.enter();
  let field: keyof FaceRecord | undefined;
  let [start, end] = [-1, -1];
  while (reader.next()) {
    if (reader.field === 1) field = FIELDS.get(reader.text());
    else if (reader.field === 2) [start, end] = [reader.start, reader.at];
  }
  if (field !== undefined && start >= 0) {
    const entry = reader.enter(start, end);
    const value = firstValue(reader, field);
    if (value !== undefined) record[field] = value;
    reader.leave(entry);
  }
  reader.leave(features);
}

/** The first of the values of a BytesList (1) or an Int64List (3), if it is of the kind that the field wants. */
function firstValue(reader: Reader, field: keyof FaceRecord): Uint8Array | string | number | undefined {
  const wantsNumber = field === "height" || field === "width" || field === "label";
  while (reader.next()) {
    if (reader.field !== 1 && reader.field !== 3) continue;
    const isBytes = reader.field === 1;
    const feature = reader.enter();
    while (reader.next()) {
      if (reader.field !== 1) continue;
      if (reader.type === VARINT) return wantsNumber ? reader.number : undefined;
      if (isBytes) return wantsNumber ? undefined : field === "encoded" ? reader.value() : reader.text();
      if (reader.at === reader.start) continue;
      reader.enter();
      return wantsNumber ? reader.varint() : undefined;
    }
    reader.leave(feature);
  }
  return undefined;
}

/**
 * Reads the fields of a message, and of those within it, without an object for any of them: at 10,000 records a second
 * views would be the most of what a loading thread leaves to the garbage collector.
 */
class Reader {
  readonly #bytes: Buffer;
  /** Where the message that is being read ends. */
  #end: number;
  /** Where the next field begins, which is the end of the current one. */
  at = 0;
  field = 0;
  type = 0;
  /** The current field's number, where it is one. */
  number = 0;
  /** Where the current field's bytes begin. */
  start = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#end = bytes.length;
  }

  /** Goes to the next field; false at the message's end. */
  next(): boolean {
    if (this.at >= this.#end) return false;
    const tag = this.varint();
    this.field = Math.floor(tag / 8);
    this.type = tag & 7;
    this.start = this.at;
    if (this.type === VARINT) this.number = this.varint();
    else if (this.type === BYTES) {
      const length = this.varint();
      this.start = this.at;
      this.at += length;
    } else if (this.type === FIXED64) this.at += 8;
    else if (this.type === FIXED32) this.at += 4;
    else
      throw new RangeError(`Cannot decode a record: expected a protobuf message, got wire type ${this.type}`);
    if (this.at > this.#end || this.at < this.start) {
      throw new RangeError(
        "Cannot decode a record: expected a protobuf message, got one that ends too early",
      );
    }
    return true;
  }

  /** Goes into the current field, or another, whose fields are the next; gives what `leave` needs. */
  enter(start = this.start, end = this.at): number {
    const outer = this.#end;
    this.at = start;
    this.#end = end;
    return outer;
  }

  /** Goes behind the field that was entered. */
  leave(outer: number): void {
    this.at = this.#end;
    this.#end = outer;
  }

  /** The current field's bytes: a view. */
  value(): Uint8Array {
    const { buffer, byteOffset } = this.#bytes;
    return new Uint8Array(buffer, byteOffset + this.start, this.at - this.start);
  }

  /** The current field's bytes as UTF-8. */
  text(): string {
    return this.#bytes.toString("utf8", this.start, this.at);
  }

  /** An int64 that a double can hold: its low 28 bits and the 36 above, which are below zero in two's complement. */
  varint(): number {
    let [low, high] = [0, 0];
    for (let bits = 0; ; bits += 7) {
      if (this.at >= this.#end || bits > 63) {
        throw new RangeError(
          "Cannot decode a record: expected a protobuf message, got a number without an end",
        );
      }
      const byte = this.#bytes[this.at++];
      if (bits < 28) low += (byte & 127) << bits;
      else high += (byte & 127) * 2 ** (bits - 28);
      if (byte < 128) break;
    }
    if (high >= 2 ** 35) high -= 2 ** 36;
    return high * 2 ** 28 + low;
  }
}
