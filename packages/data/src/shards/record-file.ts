import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { HEAD_BYTES, partBytes, type RecordHead, recordHead } from "./recordio.ts";
import { ShardError } from "./shard-error.ts";

/** A `.rec` file that is open. */
export class RecordFile {
  readonly path: string;
  readonly size: number;
  readonly #file: number;
  readonly #head = Buffer.alloc(HEAD_BYTES);

  constructor(path: string) {
    this.path = path;
    try {
      this.#file = openSync(path, "r");
    } catch (cause) {
      throw new ShardError(path, "missing", undefined, (cause as Error).message, { cause });
    }
    this.size = fstatSync(this.#file).size;
  }

  /** The record that begins at a byte, if one does. */
  headAt(offset: number): RecordHead | undefined {
    return recordHead(this.#view(offset));
  }

  /** Where a record ends that begins at a byte; `undefined` where it is damaged or cut off. */
  endOf(offset: number, head: RecordHead): number | undefined {
    let at = offset + head.bytes;
    for (let more = head.split; more; ) {
      const part = partBytes(this.#view(at));
      if (!part) return undefined;
      at += part.bytes;
      more = !part.last;
    }
    return at <= this.size ? at : undefined;
  }

  close(): void {
    closeSync(this.#file);
  }

  #view(offset: number): DataView {
    const count = readSync(this.#file, this.#head, 0, HEAD_BYTES, offset);
    return new DataView(this.#head.buffer, this.#head.byteOffset, count);
  }
}
