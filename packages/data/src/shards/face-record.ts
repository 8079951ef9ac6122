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
 */
export function encodeFaceRecord(record: FaceRecord): Uint8Array {
  const features: Uint8Array[] = [];
  for (const [field, key] of Object.entries(KEYS)) {
    const value = record[field as keyof FaceRecord];
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
  const record: { -readonly [K in keyof FaceRecord]?: unknown } = {};
  const example = new Reader(bytes);
  while (example.next()) {
    if (example.field !== 1) continue;
    const features = new Reader(example.value());
    while (features.next()) if (features.field === 1) readFeature(features.value(), record);
  }
  return record as PartialFaceRecord;
}

/** One entry of the map: its key is field 1, its value field 2. */
function readFeature(entry: Uint8Array, record: { -readonly [K in keyof FaceRecord]?: unknown }): void {
  const reader = new Reader(entry);
  let field: keyof FaceRecord | undefined;
  let feature: Uint8Array | undefined;
  while (reader.next()) {
    if (reader.field === 1) field = FIELDS.get(text(reader.value()));
    else if (reader.field === 2) feature = reader.value();
  }
  if (field === undefined || feature === undefined) return;
  const value = firstValue(feature);
  if (value === undefined) return;
  const wantsNumber = field === "height" || field === "width" || field === "label";
  if (wantsNumber !== (typeof value === "number")) return;
  record[field] = wantsNumber || field === "encoded" ? value : text(value as Uint8Array);
}

/** The first of a feature's values: bytes of a BytesList (1), or a number of an Int64List (3). */
function firstValue(feature: Uint8Array): Uint8Array | number | undefined {
  const reader = new Reader(feature);
  while (reader.next()) {
    if (reader.field !== 1 && reader.field !== 3) continue;
    const isBytes = reader.field === 1;
    const list = new Reader(reader.value());
    while (list.next()) {
      if (list.field !== 1) continue;
      if (list.type === VARINT) return list.number;
      if (isBytes) return list.value();
      const packed = list.value();
      if (packed.length > 0) return new Reader(packed).varint();
    }
  }
  return undefined;
}

const text = (bytes: Uint8Array) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");

/** Reads the fields of one message. */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;
  field = 0;
  type = 0;
  /** The current field's number, where it is one. */
  number = 0;
  #start = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Goes to the next field; false at the end. */
  next(): boolean {
    if (this.#at >= this.#bytes.length) return false;
    const tag = this.varint();
    this.field = Math.floor(tag / 8);
    this.type = tag & 7;
    this.#start = this.#at;
    if (this.type === VARINT) this.number = this.varint();
    else if (this.type === BYTES) {
      const length = this.varint();
      this.#start = this.#at;
      this.#at += length;
    } else if (this.type === FIXED64) this.#at += 8;
    else if (this.type === FIXED32) this.#at += 4;
    else
      throw new RangeError(`Cannot decode a record: expected a protobuf message, got wire type ${this.type}`);
    if (this.#at > this.#bytes.length) {
      throw new RangeError(
        "Cannot decode a record: expected a protobuf message, got one that ends too early",
      );
    }
    return true;
  }

  /** The current field's bytes. */
  value(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#at);
  }

  /** A number up to 2^53; negative ones come out as 2^64 less their size, about 1.8e19. */
  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined || scale > 2 ** 63) {
        throw new RangeError(
          "Cannot decode a record: expected a protobuf message, got a number without an end",
        );
      }
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }
}
