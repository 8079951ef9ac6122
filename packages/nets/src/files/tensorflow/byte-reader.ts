/** Reads the numbers that LevelDB's tables and protobuf messages are made of, and never beyond the bytes. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get done(): boolean {
    return this.at >= this.#bytes.length;
  }

  /** @throws {RangeError} Beyond the end, as all of these. */
  bytes(length: number): Uint8Array {
    if (!(length >= 0) || this.at + length > this.#bytes.length) throw new RangeError("it ends too soon");
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  uint32(): number {
    this.bytes(4);
    return this.#view.getUint32(this.at - 4, true);
  }

  /** Seven bits a byte, the lowest first. Exact to 2⁵³. */
  varint(): number {
    let value = 0;
    for (let factor = 1, read = 0; read < 10; factor *= 128, read++) {
      const [byte] = this.bytes(1);
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
    throw new RangeError("it has a number of more than ten bytes");
  }
}

/** A protobuf message's fields by number: numbers for varints and fixed ones, bytes for the rest, in their order. */
export function messageFields(bytes: Uint8Array): Map<number, (number | Uint8Array)[]> {
  const reader = new ByteReader(bytes);
  const fields = new Map<number, (number | Uint8Array)[]>();
  while (!reader.done) {
    const tag = reader.varint();
    const [field, type] = [Math.floor(tag / 8), tag % 8];
    let value: number | Uint8Array;
    if (type === 0) value = reader.varint();
    else if (type === 1) value = reader.bytes(8);
    else if (type === 2) value = reader.bytes(reader.varint());
    else if (type === 5) value = reader.uint32();
    else throw new RangeError(`it has a field of type ${type}`);
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return fields;
}
