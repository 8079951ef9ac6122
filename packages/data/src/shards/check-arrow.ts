import { FlatTable } from "@amface/files";

const [SCHEMA, DICTIONARY, RECORDS] = [1, 2, 3];
/** Most axes of nesting and columns of a table. */
const [DEEPEST, MOST] = [8, 10_000];

/**
 * Checks an Arrow file or stream before flechette gets it, which believes what a damaged one says of its sizes and fills the
 * memory: messages, vectors and buffers must lie within the bytes, and no column may have more rows than their bits.
 *
 * @returns The stream of messages, without the footer of a file, which says the same again.
 * @throws {RangeError} Where something lies beyond its bytes.
 */
export function checkArrow(bytes: Uint8Array): Uint8Array {
  const isFile = isMagic(bytes.subarray(0, 6));
  if (isFile && !isMagic(bytes.subarray(-6))) throw new RangeError("the file is cut off");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const start = isFile ? 8 : 0;
  let [at, columns] = [start, 0];
  while (at + 8 <= bytes.length) {
    if (view.getUint32(at, true) !== 0xffffffff) throw new RangeError(`byte ${at} begins no message`);
    const size = view.getUint32(at + 4, true);
    at += 8;
    if (size === 0) break;
    const message = FlatTable.root(new DataView(bytes.buffer, bytes.byteOffset + at, size));
    const [kind, header, body] = [message.uint8(1), message.table(2), message.int64(3)];
    at += size + body;
    if (!(body >= 0 && at <= bytes.length)) throw new RangeError("a message's body lies beyond the end");
    if (header === undefined) throw new RangeError("a message has no header");
    if (kind === SCHEMA) columns = countColumns(header.tables(1));
    else if (kind === RECORDS) checkBatch(header, body, columns);
    else if (kind === DICTIONARY) checkBatch(header.table(1), body);
    else throw new RangeError(`a message is of kind ${kind}, which no index has`);
  }
  if (columns === 0) throw new RangeError("there is no schema with columns");
  return bytes.subarray(start, at);
}

const isMagic = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1") === "ARROW1";

function countColumns(fields: readonly FlatTable[], depth = 0): number {
  if (depth > DEEPEST || fields.length > MOST) throw new RangeError("there are too many columns");
  let columns = fields.length;
  for (const field of fields) columns += countColumns(field.tables(5), depth + 1);
  if (columns > MOST) throw new RangeError("there are too many columns");
  return columns;
}

function checkBatch(header: FlatTable | undefined, body: number, columns?: number): void {
  if (header === undefined) throw new RangeError("a dictionary has no values");
  const most = 8 * body;
  const number = (at: number) => Number(header.view.getBigInt64(at, true));
  const [nodes, buffers] = [header.vector(1, 16), header.vector(2, 16)];
  if (nodes.count !== (columns ?? nodes.count) || header.int64(0) < 0 || header.int64(0) > most)
    throw new RangeError("a batch has rows beyond its bytes");
  for (let i = 0; i < nodes.count; i++) {
    const rows = number(nodes.start + 16 * i);
    if (!(rows >= 0 && rows <= most)) throw new RangeError("a column has rows beyond its bytes");
  }
  for (let i = 0; i < buffers.count; i++) {
    const [offset, length] = [0, 8].map((field) => number(buffers.start + 16 * i + field));
    if (!(offset >= 0 && length >= 0 && offset + length <= body))
      throw new RangeError("a buffer lies beyond its message");
  }
}
