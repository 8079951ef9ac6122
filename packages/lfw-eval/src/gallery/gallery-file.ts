import { type FileHandle, open } from "node:fs/promises";
import { FlatTable, WriteError } from "@amface/files";
import {
  columnFromArray,
  field,
  fixedSizeList,
  float32,
  tableFromColumns,
  tableToIPC,
  utf8,
} from "@uwdata/flechette";

/** A gallery that is damaged or something else. */
export class GalleryError extends Error {
  override readonly name = "GalleryError";
}

/** Rows as they lie in the file, one batch. */
export interface GalleryRows {
  /** `add`, or what a row without an embedding changes: `remove` or `rename`. */
  readonly changes: readonly string[];
  readonly names: readonly string[];
  /** The photo of an added row, the new name of a renamed one; of a removed one the photo, or empty for all. */
  readonly paths: readonly string[];
  /** `[rows, D]`, of length 1; zeros where there is none. */
  readonly embeddings: Float32Array;
}

const COLUMNS = ["change", "name", "path", "embedding"] as const;
const CONTINUES = 0xffffffff;
/** Bytes looked through at once. */
const SCANNED = 2 ** 20;

/** The messages of an Arrow stream with these rows: its schema, then the rows. */
export function encodeRows(
  { changes, names, paths, embeddings }: GalleryRows,
  size: number,
  metadata: ReadonlyMap<string, string>,
): { schema: Uint8Array; batch: Uint8Array } {
  const rows = names.map((_, row) => embeddings.subarray(row * size, (row + 1) * size));
  const table = tableFromColumns({
    change: columnFromArray([...changes], utf8()),
    name: columnFromArray([...names], utf8()),
    path: columnFromArray([...paths], utf8()),
    embedding: columnFromArray(rows, fixedSizeList(field("item", float32()), size)),
  });
  table.schema.metadata = new Map(metadata);
  const bytes = tableToIPC(table, { format: "stream" }) as Uint8Array;
  const [first] = messageSizes(bytes);
  // The last eight bytes would end the stream.
  return { schema: bytes.subarray(0, first), batch: bytes.subarray(first, bytes.length - 8) };
}

function messageSizes(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sizes: number[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const header = view.getUint32(at + 4, true);
    if (header === 0) break;
    const body = FlatTable.root(new DataView(bytes.buffer, bytes.byteOffset + at + 8, header)).int64(3);
    sizes.push(8 + header + body);
    at += 8 + header + body;
  }
  return sizes;
}

/** What a gallery's file holds, up to where its last whole message ends. */
export interface GalleryContent {
  readonly metadata: ReadonlyMap<string, string>;
  readonly batches: readonly GalleryRows[];
  /** Where the next message goes. What may lie behind it was being written when a process was killed. */
  readonly end: number;
}

/**
 * Reads a gallery, message by message, whatever its size.
 *
 * @throws {GalleryError} When it is no Arrow stream with a gallery's columns, or a message is damaged.
 */
export async function readGalleryFile(
  path: string,
  size: number | undefined,
): Promise<GalleryContent & { size: number }> {
  const file = await open(path, "r").catch((cause: Error) => {
    throw new GalleryError(`Cannot read the gallery ${path}: ${cause.message}`, { cause });
  });
  try {
    const { size: length } = await file.stat();
    const batches: GalleryRows[] = [];
    let schema: { metadata: Map<string, string>; size: number } | undefined;
    let at = 0;
    for (;;) {
      const message = await readMessage(file, at, length);
      if (message === undefined) break;
      if (schema === undefined) schema = schemaOf(message.header);
      else batches.push(rowsOf(message.header, message.body, schema.size));
      at = message.end;
    }
    if (schema === undefined) throw new RangeError("expected an Arrow stream, got something else");
    if (size !== undefined && schema.size !== size)
      throw new RangeError(`expected embeddings of ${size} values, got ${schema.size}`);
    return { ...schema, batches, end: at };
  } catch (cause) {
    const { message } = cause as Error;
    throw new GalleryError(`Cannot read the gallery ${path}: ${message.split("\n")[0]}`, { cause });
  } finally {
    await file.close();
  }
}

/**
 * Whether a gallery's file is still the one that was read, which ended where it was said to.
 *
 * @param id Of the metadata.
 */
export async function isUnchanged(path: string, id: string | undefined, end: number): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const { size: length } = await file.stat();
    const first = await readMessage(file, 0, length);
    if (first === undefined || schemaOf(first.header).metadata.get("id") !== id || length < end) return false;
    return length === end || (await readMessage(file, end, length)) === undefined;
  } finally {
    await file.close();
  }
}

/**
 * The message at a place, or nothing at the file's end or where one was cut off.
 *
 * @throws {RangeError} Where something else stands there.
 */
async function readMessage(file: FileHandle, at: number, length: number) {
  const prefix = new DataView((await readBytes(file, at, Math.min(8, length - at))).buffer);
  if (prefix.byteLength === 8 && prefix.getUint32(0, true) === CONTINUES) {
    const start = at + 8 + prefix.getUint32(4, true);
    if (start > at + 8 && start <= length) {
      const header = FlatTable.root(new DataView((await readBytes(file, at + 8, start - at - 8)).buffer));
      const end = start + header.int64(3);
      if (end < start) throw new RangeError(`expected a message at ${at}, got one of a negative size`);
      if (end <= length)
        return { header, body: new DataView((await readBytes(file, start, end - start)).buffer), end };
    }
  }
  if (!isCutOff(new Uint8Array(prefix.buffer)) || (await hasMessageBehind(file, at + 8, length)))
    throw new RangeError(
      at === 0
        ? "expected an Arrow stream, got something else"
        : `expected a message at ${at}, got a damaged one`,
    );
  return undefined;
}

/** Whether a message begins so, as far as it was written: its first eight bytes come last, and are zeros until then. */
function isCutOff(prefix: Uint8Array): boolean {
  return prefix.every((byte) => byte === 0) || prefix.subarray(0, 4).every((byte) => byte === 0xff);
}

/** Whether the mark of a message stands anywhere from a place on: nothing within one of finite numbers looks like it. */
async function hasMessageBehind(file: FileHandle, from: number, length: number): Promise<boolean> {
  for (let at = from; at < length; at += SCANNED) {
    const bytes = await readBytes(file, at, Math.min(SCANNED, length - at));
    const view = new DataView(bytes.buffer);
    for (let place = 0; place + 4 <= bytes.length; place += 8)
      if (view.getUint32(place, true) === CONTINUES) return true;
  }
  return false;
}

/** A buffer of its own, aligned for floats. */
async function readBytes(file: FileHandle, at: number, size: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(size);
  for (let done = 0; done < size; ) {
    const { bytesRead } = await file.read(bytes, done, Math.min(size - done, 2 ** 30), at + done);
    if (bytesRead === 0) throw new RangeError(`expected ${size} bytes at ${at}, got ${done}`);
    done += bytesRead;
  }
  return bytes;
}

function schemaOf(message: FlatTable): { metadata: Map<string, string>; size: number } {
  const schema = message.uint8(1) === 1 ? message.table(2) : undefined;
  const fields = schema?.tables(1) ?? [];
  if (String(fields.map((each) => each.text(0))) !== String(COLUMNS))
    throw new RangeError(`expected the columns ${COLUMNS.join(", ")}, got others`);
  const size = fields[3].table(3)?.int32(0) ?? 0;
  if (fields[3].uint8(2) !== 16 || size <= 0)
    throw new RangeError("expected embeddings as lists of one size");
  const entries = schema!.tables(2).map((entry) => [entry.text(0), entry.text(1)] as const);
  return { metadata: new Map(entries), size };
}

/** The rows of a record batch: of each column its validity, of texts offsets and bytes, of lists the numbers. */
function rowsOf(message: FlatTable, body: DataView, size: number): GalleryRows {
  const header = message.uint8(1) === 3 ? message.table(2) : undefined;
  if (header === undefined) throw new RangeError("expected rows, got another message");
  const count = header.int64(0);
  const { start, count: buffers } = header.vector(2, 16);
  if (buffers !== 12) throw new RangeError(`expected 12 buffers, got ${buffers}`);
  const buffer = (i: number) => {
    const [offset, length] = [0, 8].map((more) =>
      Number(header.view.getBigInt64(start + 16 * i + more, true)),
    );
    if (offset < 0 || length < 0 || offset + length > body.byteLength)
      throw new RangeError("expected buffers within the message, got one beyond it");
    return [offset, length] as const;
  };
  const texts = (first: number) => {
    const [[offsets, room], [from, length]] = [buffer(first + 1), buffer(first + 2)];
    if (room < 4 * (count + 1)) throw new RangeError("expected an offset for each text, got fewer");
    const decoder = new TextDecoder();
    return Array.from({ length: count }, (_, i) => {
      const [a, b] = [0, 4].map((more) => body.getInt32(offsets + 4 * i + more, true));
      if (!(a >= 0 && a <= b && b <= length)) throw new RangeError("expected texts within their buffer");
      return decoder.decode(new Uint8Array(body.buffer, from + a, b - a));
    });
  };
  const [offset, length] = buffer(11);
  if (length < 4 * count * size)
    throw new RangeError(`expected ${count} embeddings of ${size} values, got fewer`);
  const embeddings = new Float32Array(body.buffer, offset, count * size);
  return { changes: texts(0), names: texts(3), paths: texts(6), embeddings };
}

/**
 * Appends a message so that it counts as a whole or not at all, whenever the process is killed or the power fails: all but its first
 * bytes, and once these have reached the disk, the first.
 *
 * @returns Where the next message goes.
 * @throws {WriteError} When the disk is full or the file not writable.
 */
export async function appendMessage(path: string, end: number, message: Uint8Array): Promise<number> {
  try {
    const file = await open(path, "r+");
    try {
      await file.truncate(end);
      await writeBytes(file, message.subarray(8), end + 8);
      await file.sync();
      await writeBytes(file, message.subarray(0, 8), end);
      await file.sync();
    } finally {
      await file.close();
    }
    return end + message.length;
  } catch (cause) {
    throw new WriteError(path, cause as Error);
  }
}

async function writeBytes(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
}
