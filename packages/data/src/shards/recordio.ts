/** Before every part of a record; where it occurs in the data, at a multiple of four bytes, a record is split. */
const MAGIC = 0xced7230a;
/** Bytes of a part's frame before its data: the magic number, and the length below three bits that tell which part it is. */
const FRAME = 8;
/** Bytes of MXNet's header of an image: how many labels stand behind it (uint32), a label (float32), two numbers (uint64). */
const HEADER = 24;
/** What a record begins with: frame, header, and the first two labels that may stand behind it. */
export const HEAD_BYTES = FRAME + HEADER + 8;
/** The largest label: float32 holds whole numbers up to it. */
const LARGEST = 2 ** 24;

/** Whether a file is called as MXNet's records are. */
export const isRecordIo = (path: string) => path.endsWith(".rec");

const padded = (length: number) => (length + 3) & ~3;

/** The beginning of a record. */
export interface RecordHead {
  /** Of its first part, with frame and padding. */
  readonly bytes: number;
  /** Whether further parts follow. */
  readonly split: boolean;
  /** Whether there is more than labels: an image. */
  readonly isImage: boolean;
  readonly labels: readonly number[];
}

/** @param view At least the frame; what is missing of `HEAD_BYTES` counts as none. @returns `undefined` where no record begins. */
export function recordHead(view: DataView): RecordHead | undefined {
  if (view.byteLength < FRAME || view.getUint32(0, true) !== MAGIC) return undefined;
  const word = view.getUint32(4, true);
  const [part, length] = [word >>> 29, word & 0x1fffffff];
  if (part > 1) return undefined;
  const head = { bytes: FRAME + padded(length), split: part === 1 };
  if (length < HEADER || view.byteLength < FRAME + HEADER) return { ...head, isImage: false, labels: [] };
  const count = view.getUint32(FRAME, true);
  if (count === 0) return { ...head, isImage: length > HEADER, labels: [view.getFloat32(FRAME + 4, true)] };
  const labels = [0, 1].slice(0, count).flatMap((i) => {
    const at = FRAME + HEADER + 4 * i;
    return at + 4 <= view.byteLength && at + 4 <= FRAME + length ? [view.getFloat32(at, true)] : [];
  });
  return { ...head, isImage: length > HEADER + 4 * count, labels };
}

/** The bytes of a part that is not a record's first, with frame and padding; `undefined` where none begins. */
export function partBytes(view: DataView): { readonly bytes: number; readonly last: boolean } | undefined {
  if (view.byteLength < FRAME || view.getUint32(0, true) !== MAGIC) return undefined;
  const word = view.getUint32(4, true);
  if (word >>> 29 < 2) return undefined;
  return { bytes: FRAME + padded(word & 0x1fffffff), last: word >>> 29 === 3 };
}

/**
 * Joins the parts of a record where they lie, with the magic number that they were split at between them.
 *
 * @param bytes The record stands at bytes `start` to before `end`, frames and padding included.
 * @returns From where to where its data stands then.
 * @throws {RangeError} Where it is no whole record of that size.
 */
export function joinParts(bytes: Uint8Array, start: number, end: number): [from: number, to: number] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let [at, to] = [start, start];
  for (let i = 0; ; i++) {
    const word = at + FRAME <= end && view.getUint32(at, true) === MAGIC ? view.getUint32(at + 4, true) : -1;
    const [part, length] = [word >>> 29, word & 0x1fffffff];
    if (word === -1 || part > 3 || part >> 1 !== Math.min(i, 1)) {
      throw new RangeError(`expected part ${i} of a record at byte ${at - start} of it, got something else`);
    }
    const next = at + FRAME + padded(length);
    const last = part === 0 || part === 3;
    if (next > end || (last && next !== end)) {
      throw new RangeError(`expected a record of ${end - start} bytes, got one of ${next - start}`);
    }
    if (part === 0) return [at + FRAME, at + FRAME + length];
    if (i > 0) {
      view.setUint32(to, MAGIC, true);
      to += 4;
    }
    bytes.copyWithin(to, at + FRAME, at + FRAME + length);
    to += length;
    at = next;
    if (last) return [start, to];
  }
}

/**
 * The label and image of a record's data.
 *
 * @throws {RangeError} Where it is none.
 */
export function imageOf(data: Uint8Array): { label: number; encoded: Uint8Array } {
  if (data.length < HEADER) throw new RangeError(`expected a header of ${HEADER} bytes, got ${data.length}`);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const count = view.getUint32(0, true);
  const start = HEADER + 4 * count;
  if (start >= data.length) throw new RangeError(`expected an image behind ${count} labels, got none`);
  return { label: labelOf(view.getFloat32(count > 0 ? HEADER : 4, true)), encoded: data.subarray(start) };
}

/** @throws {RangeError} Where a label is no whole number from 0. */
export function labelOf(value: number | undefined): number {
  if (value !== undefined && Number.isInteger(value) && value >= 0 && value < LARGEST) return value;
  throw new RangeError(`expected a whole number from 0 as label, got ${value}`);
}
