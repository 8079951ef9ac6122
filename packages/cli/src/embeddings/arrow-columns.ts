import { FlatTable } from "@amface/files";

/** What is read of a column: texts, or lists of numbers; of other columns nothing. */
export type ArrowValues = (string | ArrayLike<number>)[];

interface Field {
  readonly name: string;
  /** By its number in Arrow's Schema.fbs. */
  readonly type: number;
  readonly table: FlatTable | undefined;
  readonly isDictionary: boolean;
  readonly children: readonly Field[];
}

const [FLOAT, BINARY, UTF8, LIST, STRUCT, UNION, FIXED_LIST] = [3, 4, 5, 12, 13, 14, 16];
const [LARGE_BINARY, LARGE_UTF8, LARGE_LIST, VIEWS] = [19, 20, 21, 22];
/** Of columns within columns, and of all columns. */
const [DEEPEST, MOST] = [8, 10_000];

/**
 * The columns of an Arrow file or stream, batch after batch. Written by hand: a library that believes what a damaged file
 * says of its sizes fills the memory.
 *
 * @throws {RangeError} For a file that is damaged, compressed or big-endian, and for columns that are no texts or lists of
 *   floating-point numbers, of those asked for.
 */
export function readArrowColumns(
  bytes: Uint8Array,
  choose: (names: readonly string[]) => readonly string[],
): Map<string, ArrowValues> {
  const columns = new Map<string, ArrowValues>();
  let fields: Field[] | undefined;
  for (const { message, body } of messages(bytes)) {
    const header = message.table(2);
    const kind = message.uint8(1);
    if (header === undefined) throw new RangeError("expected a message with a header, got one without");
    if (kind === 1 && fields === undefined) {
      if (header.int16(0) !== 0) throw new RangeError("expected little-endian numbers, got big-endian ones");
      const all: FlatTable[] = [];
      fields = header.tables(1).map((table) => fieldOf(table, 0, all));
      for (const name of choose(fields.map(({ name }) => name))) columns.set(name, []);
    } else if (kind === 3) {
      if (fields === undefined) throw new RangeError("expected a schema first, got records");
      readBatch(fields, header, body, columns);
    }
  }
  if (fields === undefined) throw new RangeError("expected a schema, got none");
  return columns;
}

/** @param all The fields until now: a small file could name the same ones again and again. */
function fieldOf(table: FlatTable, depth: number, all: FlatTable[]): Field {
  if (all.push(table) > MOST) throw new RangeError(`expected at most ${MOST} columns, got more`);
  if (depth > DEEPEST)
    throw new RangeError(`expected at most ${DEEPEST} columns within each other, got more`);
  return {
    name: table.text(0),
    type: table.uint8(2),
    table: table.table(3),
    isDictionary: table.table(4) !== undefined,
    children: table.tables(5).map((child) => fieldOf(child, depth + 1, all)),
  };
}

/** The messages of a stream, with which a file begins behind its name. */
function* messages(bytes: Uint8Array): Generator<{ message: FlatTable; body: DataView }> {
  const isFile = new TextDecoder("latin1").decode(bytes.subarray(0, 6)) === "ARROW1";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = isFile ? 8 : 0; at + 8 <= bytes.length; ) {
    if (view.getUint32(at, true) !== 0xffffffff)
      throw new RangeError(`expected a message at byte ${at}, got something else`);
    const size = view.getUint32(at + 4, true);
    if (size === 0) return;
    const start = bytes.byteOffset + at + 8;
    const message = FlatTable.root(new DataView(bytes.buffer, start, size));
    const bodySize = message.int64(3);
    yield { message, body: new DataView(bytes.buffer, start + size, bodySize) };
    at += 8 + size + bodySize;
  }
}

/** Goes through the columns of a batch in their order, which says whose each buffer is. */
class Batch {
  readonly body: DataView;
  readonly #header: FlatTable;
  #node = 0;
  #buffer = 0;

  constructor(header: FlatTable, body: DataView) {
    if (header.table(3)) throw new RangeError("expected records as they are, got compression");
    this.#header = header;
    this.body = body;
  }

  /** How many values the next column has. */
  length(): number {
    const { start, count } = this.#header.vector(1, 16);
    if (this.#node >= count) throw new RangeError(`expected a node for each column, got ${count}`);
    return this.#number(start + 16 * this.#node++);
  }

  /** The next buffer. */
  next(): DataView {
    const { start, count } = this.#header.vector(2, 16);
    if (this.#buffer >= count)
      throw new RangeError(`expected a buffer for each part of a column, got ${count}`);
    const at = start + 16 * this.#buffer++;
    const [offset, length] = [this.#number(at), this.#number(at + 8)];
    if (offset + length > this.body.byteLength)
      throw new RangeError(`expected a buffer within ${this.body.byteLength} bytes, got ${offset + length}`);
    return new DataView(this.body.buffer, this.body.byteOffset + offset, length);
  }

  #number(at: number): number {
    const value = Number(this.#header.view.getBigInt64(at, true));
    if (value < 0 || !Number.isSafeInteger(value)) throw new RangeError(`expected a count, got ${value}`);
    return value;
  }
}

function readBatch(
  fields: readonly Field[],
  header: FlatTable,
  body: DataView,
  columns: ReadonlyMap<string, ArrowValues>,
): void {
  const batch = new Batch(header, body);
  for (const field of fields) {
    const values = columns.get(field.name);
    if (!values) skip(field, batch);
    else for (const value of valuesOf(field, batch)) values.push(value);
  }
}

/** Passes over the buffers of a column that is not wanted. */
function skip(field: Field, batch: Batch): void {
  const { type, isDictionary, children } = field;
  if (type === UNION || type > VIEWS)
    throw new RangeError(`expected columns of other types, got type ${type} in ${field.name}`);
  batch.length();
  if (type === 1) return; // null has no buffers
  const parts = isDictionary
    ? 2
    : type === STRUCT || type === FIXED_LIST
      ? 1
      : [BINARY, UTF8, LARGE_BINARY, LARGE_UTF8].includes(type)
        ? 3
        : 2;
  for (let i = 0; i < parts; i++) batch.next();
  if (!isDictionary) for (const child of children) skip(child, batch);
}

function valuesOf(field: Field, batch: Batch): ArrowValues {
  const { type, name, isDictionary } = field;
  const length = batch.length();
  batch.next(); // which values there are: all of them, or their place is empty
  if (isDictionary)
    throw new RangeError(`expected texts or lists in ${name} themselves, got numbers of a dictionary`);
  if (type === UTF8 || type === LARGE_UTF8) {
    const bounds = boundsOf(batch.next(), length, type === LARGE_UTF8);
    const data = batch.next();
    const decoder = new TextDecoder();
    return Array.from({ length }, (_, i) => {
      const [from, to] = bounds(i, data.byteLength);
      return decoder.decode(new Uint8Array(data.buffer, data.byteOffset + from, to - from));
    });
  }
  if (type === LIST || type === LARGE_LIST) {
    const bounds = boundsOf(batch.next(), length, type === LARGE_LIST);
    const numbers = floatsOf(field.children[0], batch);
    return Array.from({ length }, (_, i) => numbers.subarray(...bounds(i, numbers.length)));
  }
  if (type === FIXED_LIST) {
    const size = field.table?.int32(0) ?? 0;
    const numbers = floatsOf(field.children[0], batch);
    if (!(size > 0 && length * size <= numbers.length))
      throw new RangeError(`expected ${length} lists of ${size} in ${name}, got ${numbers.length} numbers`);
    return Array.from({ length }, (_, i) => numbers.subarray(i * size, (i + 1) * size));
  }
  throw new RangeError(`expected texts or lists in ${name}, got type ${type}`);
}

/** From where to where each value stands, checked against how many there are. */
function boundsOf(
  offsets: DataView,
  length: number,
  large: boolean,
): (i: number, count: number) => [number, number] {
  const bytes = large ? 8 : 4;
  if (length > 0 && (length + 1) * bytes > offsets.byteLength) {
    throw new RangeError(`expected ${length + 1} offsets, got ${offsets.byteLength / bytes}`);
  }
  const at = (i: number) =>
    large ? Number(offsets.getBigInt64(8 * i, true)) : offsets.getInt32(4 * i, true);
  return (i, count) => {
    const [from, to] = [at(i), at(i + 1)];
    if (!(from >= 0 && from <= to && to <= count))
      throw new RangeError(`expected offsets within ${count}, got ${from} to ${to}`);
    return [from, to];
  };
}

function floatsOf(field: Field | undefined, batch: Batch): Float32Array | Float64Array {
  const precision = field?.table?.int16(0) ?? 0;
  if (field?.type !== FLOAT || precision === 0)
    throw new RangeError("expected lists of float32 or float64, got others");
  const length = batch.length();
  batch.next();
  const data = batch.next();
  const bytes = precision === 1 ? 4 : 8;
  if (length * bytes > data.byteLength)
    throw new RangeError(`expected ${length} numbers, got ${data.byteLength / bytes}`);
  const copy = new Uint8Array(new Uint8Array(data.buffer, data.byteOffset, length * bytes)).buffer;
  return precision === 1 ? new Float32Array(copy) : new Float64Array(copy);
}
