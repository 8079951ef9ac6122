import { inflateSync } from "node:zlib";
import { ListError } from "./list-error.ts";

/** An element of a MAT-file: numbers of one type, or a matrix or compressed data that hold elements themselves. */
export interface MatElement {
  readonly type: number;
  readonly data: DataView;
}

/** Types of elements (MAT-File Format, table 1-1). */
export const MATRIX = 14;
const COMPRESSED = 15;
/** What one variable may take when it is inflated. */
const MOST_BYTES = 2 ** 28;

/** How the file is read: what messages call it, and whether its numbers are little-endian. */
export interface MatOrder {
  readonly file: string;
  readonly little: boolean;
}

/** @throws {ListError} Where the element does not fit into its file, or its compressed data are damaged. */
export function* matElements(view: DataView, order: MatOrder): Generator<MatElement> {
  for (let at = 0; at < view.byteLength; ) {
    const { type, start, size, next } = tag(view, at, order);
    if (start + size > view.byteLength) {
      const left = Math.max(0, view.byteLength - start);
      throw new ListError(
        `Cannot read ${order.file}: expected an element of ${size} bytes, got ${left} bytes left`,
      );
    }
    const data = new DataView(view.buffer, view.byteOffset + start, size);
    if (type === COMPRESSED) yield* matElements(inflated(data, order.file), order);
    else yield { type, data };
    at = next;
  }
}

function tag(view: DataView, at: number, { file, little }: MatOrder) {
  if (at + 8 > view.byteLength) {
    throw new ListError(`Cannot read ${file}: expected an element's tag, got ${view.byteLength - at} bytes`);
  }
  const word = view.getUint32(at, little);
  // Up to four bytes stand in the tag itself.
  const small = word >>> 16;
  if (small > 0) return { type: word & 0xffff, start: at + 4, size: Math.min(small, 4), next: at + 8 };
  const size = view.getUint32(at + 4, little);
  const padded = word === COMPRESSED ? size : Math.ceil(size / 8) * 8;
  return { type: word, start: at + 8, size, next: at + 8 + padded };
}

function inflated(data: DataView, file: string): DataView {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  let plain: Uint8Array;
  try {
    plain = inflateSync(bytes, { maxOutputLength: MOST_BYTES });
  } catch (cause) {
    throw new ListError(
      `Cannot read ${file}: expected a variable that can be inflated to ${MOST_BYTES} bytes at most, got ${(cause as Error).message.replaceAll("\n", " ")}`,
      { cause },
    );
  }
  return new DataView(plain.buffer, plain.byteOffset, plain.byteLength);
}
