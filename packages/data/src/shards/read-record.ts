import { closeSync, openSync, readSync } from "node:fs";
import { Kernels } from "../kernels/kernels.ts";
import type { RecordPlace } from "../source/photo-columns.ts";
import { crc32c, crc32cOfFew, maskCrc } from "./crc32c.ts";
import { decodeFaceRecord, type PartialFaceRecord } from "./face-record.ts";
import { imageOf, isRecordIo, joinParts } from "./recordio.ts";
import { ShardError } from "./shard-error.ts";
import { FOOTER, HEADER } from "./tfrecord.ts";

/** Shards that are kept open, the last to be opened. */
const OPEN_FILES = 64;

/** Reads records of any shards, each by itself, straight into the kernels' memory. */
export class RecordReader {
  readonly #kernels: Kernels;
  readonly #files = new Map<string, number>();
  #stream = -1;

  constructor(kernels: Kernels) {
    this.#kernels = kernels;
  }

  /**
   * Reads a record and checks length, checksums and label.
   *
   * @returns What it holds, and where its data begins in the kernels' memory; `encoded` is a view of that memory,
   *   void with the next read.
   * @throws {ShardError} When the record is not as it was written, or not the one that the index means.
   */
  read(place: RecordPlace): PartialFaceRecord {
    return isRecordIo(place.path) ? this.#readRecordIo(place) : this.#readTfrecord(place);
  }

  #readTfrecord(place: RecordPlace): PartialFaceRecord {
    const { path, record, offset, length } = place;
    const whole = HEADER + length + FOOTER;
    const memory = this.#readBytes(place, whole);
    const start = Kernels.START;
    if (maskCrc(crc32cOfFew(memory, start, start + 8)) !== uint32(memory, start + 8)) {
      const got = `expected a length that matches its checksum at byte ${offset}, got another`;
      throw new ShardError(path, "checksum", record, got);
    }
    const stored = uint32(memory, start);
    if (stored !== length || uint32(memory, start + 4) !== 0) {
      const got = `expected ${length} bytes, as the index says, got ${stored}; pack again`;
      throw new ShardError(path, "index", record, got);
    }
    const data = memory.subarray(start + HEADER, start + HEADER + length);
    if (maskCrc(crc32c(data)) !== uint32(memory, start + HEADER + length)) {
      const got = `expected data that matches its checksum at byte ${offset}, got other bytes`;
      throw new ShardError(path, "checksum", record, got);
    }
    return this.#decode(place, data);
  }

  /** MXNet's record has no checksum, and no name: it is called by its label and its place in the file. */
  #readRecordIo(place: RecordPlace): PartialFaceRecord {
    const { path, record, length } = place;
    const memory = this.#readBytes(place, length);
    let found: ReturnType<typeof imageOf>;
    try {
      const [from, to] = joinParts(memory, Kernels.START, Kernels.START + length);
      found = imageOf(memory.subarray(from, to));
    } catch (cause) {
      throw new ShardError(path, "format", record, (cause as Error).message, { cause });
    }
    return { ...this.#requireLabel(place, found), filename: `${found.label}/${record}` };
  }

  /** So many bytes of a place, in the kernels' memory from `Kernels.START` on. */
  #readBytes({ path, record, offset }: RecordPlace, size: number): Uint8Array {
    const memory = this.#kernels.memory(Kernels.roomFor(Kernels.START + size, size));
    const read = readSync(this.#open(path), memory, Kernels.START, size, offset);
    if (read === size) return memory;
    const got = `expected ${size} bytes at byte ${offset}, got ${read} before the end of the file`;
    throw new ShardError(path, "truncated", record, got);
  }

  #requireLabel<T extends PartialFaceRecord>({ path, record, class: expected }: RecordPlace, found: T): T {
    if (found.label === expected) return found;
    const got = `expected label ${expected}, as the index says, got ${found.label}; pack again`;
    throw new ShardError(path, "index", record, got);
  }

  /** Closes the shards that an earlier stream opened: they may since have been replaced. */
  beginStream(stream: number): void {
    if (stream === this.#stream) return;
    this.#stream = stream;
    this.close();
  }

  /** Closes all shards. */
  close(): void {
    for (const file of this.#files.values()) closeSync(file);
    this.#files.clear();
  }

  #decode(place: RecordPlace, data: Uint8Array): PartialFaceRecord {
    const { path, record } = place;
    let found: PartialFaceRecord;
    try {
      found = decodeFaceRecord(data);
    } catch (cause) {
      throw new ShardError(path, "format", record, (cause as Error).message, { cause });
    }
    if (found.label === undefined) {
      throw new ShardError(path, "format", record, "expected a label (image/class/label), got none");
    }
    return this.#requireLabel(place, found);
  }

  #open(path: string): number {
    let file = this.#files.get(path);
    if (file === undefined) {
      try {
        file = openSync(path, "r");
      } catch (cause) {
        throw new ShardError(path, "missing", undefined, (cause as Error).message, { cause });
      }
      if (this.#files.size >= OPEN_FILES) {
        const [oldest, handle] = this.#files.entries().next().value!;
        closeSync(handle);
        this.#files.delete(oldest);
      }
      this.#files.set(path, file);
    }
    return file;
  }
}

/** The little-endian number at a byte. */
function uint32(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}
