import { type FileHandle, open } from "node:fs/promises";
import { basename, join } from "node:path";
import { WriteError, writeFileAtomic } from "@amface/files";
import { crc32c } from "./crc32c.ts";
import { encodeFaceRecord, type FaceRecord } from "./face-record.ts";
import { encodeRecords, recordsFile } from "./record-list.ts";
import type { ShardRow } from "./shard-index.ts";
import { frame } from "./tfrecord.ts";

/** Bytes that are gathered before they are written. */
const CHUNK = 1 << 20;

/** Writes one TFRecord file and the list of its records. */
export class ShardWriter {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #records: { class: number; length: number }[] = [];
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #bytes = 0;
  #crc = 0;

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  /** @throws {WriteError} When the file cannot be made. */
  static async create(folder: string, file: string): Promise<ShardWriter> {
    const path = join(folder, file);
    try {
      return new ShardWriter(path, await open(path, "wx"));
    } catch (cause) {
      throw new WriteError(path, cause);
    }
  }

  get records(): number {
    return this.#records.length;
  }

  async add(record: FaceRecord): Promise<void> {
    await this.addEncoded(record.label, encodeFaceRecord(record));
  }

  /** @param data A record's bytes. */
  async addEncoded(label: number, data: Uint8Array): Promise<void> {
    const { header, footer } = frame(data);
    this.#records.push({ class: label, length: data.length });
    for (const part of [header, data, footer]) {
      this.#crc = crc32c(part, this.#crc);
      this.#waiting.push(part);
      this.#waitingBytes += part.length;
    }
    if (this.#waitingBytes >= CHUNK) await this.#flush();
  }

  /** Writes what is left and the list of records, and closes the file. */
  async finish(): Promise<ShardRow> {
    await this.#flush();
    try {
      await this.close(); // where some network disks first say that they are full
    } catch (cause) {
      throw new WriteError(this.#path, cause);
    }
    await writeFileAtomic(recordsFile(this.#path), encodeRecords(this.#records));
    return { file: basename(this.#path), records: this.records, bytes: this.#bytes, crc32c: this.#crc };
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #flush(): Promise<void> {
    try {
      const { bytesWritten } = await this.#handle.writev(this.#waiting);
      if (bytesWritten < this.#waitingBytes) {
        // A disk that fills takes a part first; the rest then fails with its reason.
        const rest = Buffer.concat(this.#waiting).subarray(bytesWritten);
        await this.#handle.writeFile(rest);
      }
    } catch (cause) {
      throw new WriteError(this.#path, cause);
    }
    this.#bytes += this.#waitingBytes;
    this.#waiting = [];
    this.#waitingBytes = 0;
  }
}
