import type { ByteSource } from "./byte-source.ts";
import { crc32 } from "./crc32.ts";

/** A file inside a zip archive, as the archive's directory tells of it. */
export interface ZipEntry {
  readonly name: string;
  /** 0 stored, 8 deflated; others are not read. */
  readonly method: number;
  /** 0 where the writer took none. */
  readonly crc: number;
  /** Bytes in the archive, and of the file itself. */
  readonly packed: number;
  readonly size: number;
  /** Where its local header stands. */
  readonly at: number;
}

/** An archive that is damaged, or packed in a way that is not read here. */
export class ZipError extends Error {
  override readonly name = "ZipError";
}

const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
/** Of the record at the end: itself, and the longest comment behind it. */
const END_SIZE = 22;
const MAX_COMMENT = 0xffff;

/**
 * The files of a zip archive by name, of which only the directory at its end is read. Archives above 4 GB (zip64) are
 * read too; those in parts or encrypted ones are not.
 *
 * @throws {ZipError} Where the directory is damaged, a name comes twice, or files overlap, as in archives that unpack to
 *   far more than they hold.
 */
export function readZipDirectory(source: ByteSource): Map<string, ZipEntry> {
  const { start, size, count } = findDirectory(source);
  const bytes = source.read(start, start + size);
  const view = viewOf(bytes);
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > size || view.getUint32(at, true) !== ENTRY) {
      throw new ZipError(`expected ${count} entries in its directory, got ${i} and something else`);
    }
    const [nameSize, extraSize, commentSize] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    const next = at + 46 + nameSize + extraSize + commentSize;
    if (next > size) throw new ZipError(`expected a whole directory, got the end of it in entry ${i}`);
    const entry = readEntry(view, bytes, at, nameSize, extraSize);
    if (entries.has(entry.name)) throw new ZipError(`expected names that differ, got ${entry.name} twice`);
    entries.set(entry.name, entry);
    at = next;
  }
  refuseOverlaps([...entries.values()], start);
  return entries;
}

/**
 * The bytes of one file, checked against its checksum where there is one.
 *
 * @param inflate Unpacks raw deflate into a result of the size that the directory names; without it only stored files are read.
 * @throws {ZipError} Where the file is damaged or not stored.
 */
export function readZipEntry(
  source: ByteSource,
  { name, method, crc, packed, size, at }: ZipEntry,
  inflate?: (packed: Uint8Array, size: number) => Uint8Array,
): Uint8Array {
  const local = viewOf(source.read(at, at + 30));
  const start = at + 30 + local.getUint16(26, true) + local.getUint16(28, true);
  if (local.getUint32(0, true) !== LOCAL || start + packed > source.size) {
    throw new ZipError(`expected ${packed} bytes of ${name} at byte ${at}, got something else`);
  }
  const content = source.read(start, start + packed);
  if (method !== 0 && !(method === 8 && inflate)) {
    throw new ZipError(`expected ${name} stored${inflate ? " or deflated" : ""}, got method ${method}`);
  }
  const bytes = method === 0 ? content : inflate!(content, size);
  if (bytes.length !== size) {
    throw new ZipError(`expected ${size} bytes of ${name}, got ${bytes.length}`);
  }
  if (crc !== 0 && crc32(bytes) !== crc) {
    throw new ZipError(`expected checksum ${hex(crc)} of ${name}, got another; the file is damaged`);
  }
  return bytes;
}

/** Where the directory is, by the record at the end of the file. */
function findDirectory(source: ByteSource) {
  const tailStart = Math.max(0, source.size - END_SIZE - MAX_COMMENT);
  const tail = viewOf(source.read(tailStart, source.size));
  let at = tail.byteLength - END_SIZE;
  while (at >= 0 && !(tail.getUint32(at, true) === END && endsThere(tail, at))) at--;
  if (at < 0)
    throw new ZipError("expected a zip archive's directory at its end, got none; the file is cut off");
  let [count, size, start] = [
    tail.getUint16(at + 10, true),
    tail.getUint32(at + 12, true),
    tail.getUint32(at + 16, true),
  ];
  if (count === 0xffff || size === 0xffffffff || start === 0xffffffff) {
    const end64 = at >= 20 && tail.getUint32(at - 20, true) === LOCATOR64 ? getUint64(tail, at - 12) : -1;
    if (end64 < 0 || end64 + 56 > source.size) throw new ZipError("expected a zip64 directory, got none");
    const record = viewOf(source.read(end64, end64 + 56));
    if (record.getUint32(0, true) !== END64) throw new ZipError("expected a zip64 directory, got none");
    [count, size, start] = [32, 40, 48].map((field) => getUint64(record, field));
  }
  if (start + size > source.size || count * 46 > size) {
    throw new ZipError(
      `expected a directory of ${count} entries within ${source.size} bytes, got bytes ${start} to ${start + size}`,
    );
  }
  return { start, size, count };
}

const endsThere = (tail: DataView, at: number) =>
  at + END_SIZE + tail.getUint16(at + 20, true) === tail.byteLength;

function readEntry(view: DataView, bytes: Uint8Array, at: number, nameSize: number, extraSize: number) {
  const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameSize));
  if (view.getUint16(at + 8, true) & 1) throw new ZipError(`expected ${name} as it is, got it encrypted`);
  let [packed, size, local] = [20, 24, 42].map((field) => view.getUint32(at + field, true));
  // Those that do not fit stand in the extra field 1, in this order.
  const extra = at + 46 + nameSize;
  for (let field = extra; field + 4 <= extra + extraSize; field += 4 + view.getUint16(field + 2, true)) {
    if (view.getUint16(field, true) !== 1) continue;
    let [from, end] = [field + 4, Math.min(field + 4 + view.getUint16(field + 2, true), extra + extraSize)];
    const wide = (value: number) => {
      if (value !== 0xffffffff || from + 8 > end) return value;
      from += 8;
      return getUint64(view, from - 8);
    };
    [size, packed, local] = [wide(size), wide(packed), wide(local)];
    break;
  }
  return {
    ...{ name, packed, size, at: local },
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
  };
}

/** Each file ends before the next one's header, and the last before the directory. */
function refuseOverlaps(entries: readonly ZipEntry[], directory: number): void {
  const sorted = entries.toSorted((a, b) => a.at - b.at);
  sorted.forEach(({ name, at, packed }, i) => {
    const limit = sorted[i + 1]?.at ?? directory;
    if (at + 30 + packed > limit) {
      throw new ZipError(`expected ${name} to end before byte ${limit}, got ${packed} bytes at byte ${at}`);
    }
  });
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const getUint64 = (view: DataView, at: number) => Number(view.getBigUint64(at, true));

const hex = (value: number) => value.toString(16).padStart(8, "0");
