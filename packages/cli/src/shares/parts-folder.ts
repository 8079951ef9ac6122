import { mkdir, open, readFile, readlink, rm, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@amface/files";
import type { Part } from "./shares.ts";

/** A folder in which processes meet, on a disk that all of them see: `0.json` with `0.f32`, `1.json`, … */
export class PartsFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  async write(index: number, { value, data }: Part<unknown>): Promise<void> {
    if (data) {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      await writeFileAtomic(this.#file(index, "f32"), bytes);
    }
    await writeFileAtomic(this.#file(index, "json"), JSON.stringify({ value, data: data !== undefined }));
  }

  async has(index: number): Promise<boolean> {
    return isThere(this.#file(index, "json"));
  }

  async read<T>(index: number): Promise<Part<T>> {
    const { value, data } = JSON.parse(await readFile(this.#file(index, "json"), "utf8"));
    if (!data) return { value };
    return { value, data: await readFloats(this.#file(index, "f32")) };
  }

  /** @returns Which process is to make the result: the first to call this, also where it died and calls it again. */
  async claim(index: number): Promise<number> {
    const claim = join(this.path, "joining");
    try {
      await symlink(String(index), claim); // made with its content, or not at all
      return index;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      return Number(await readlink(claim));
    }
  }

  async isDone(): Promise<boolean> {
    return isThere(join(this.path, "done"));
  }

  /** Removes all but notes that the result is made, and by whom: another that has seen all parts may still claim it. */
  async finish(count: number): Promise<void> {
    await writeFileAtomic(join(this.path, "done"), "");
    const parts = Array.from({ length: count }, (_, index) => [
      ...[this.#file(index, "json"), this.#file(index, "f32"), this.folderOf(index)],
    ]);
    for (const path of [...parts.flat(), ...["joined", "packed.json"].map((name) => join(this.path, name))]) {
      await rm(path, { recursive: true, force: true });
    }
  }

  async make(): Promise<void> {
    await mkdir(this.path, { recursive: true });
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }

  /** For a part that is files. */
  folderOf(index: number): string {
    return join(this.path, String(index));
  }

  #file(index: number, ending: string): string {
    return join(this.path, `${index}.${ending}`);
  }
}

/** Bytes that one call reads: Node's `readFile` takes no file of 2 GiB. */
const PIECE = 2 ** 30;

async function readFloats(path: string): Promise<Float32Array> {
  const file = await open(path);
  try {
    const bytes = new Uint8Array((await file.stat()).size);
    for (let at = 0; at < bytes.length; ) {
      const { bytesRead } = await file.read(bytes, at, Math.min(PIECE, bytes.length - at), at);
      if (bytesRead === 0) throw new Error(`Cannot read ${path}: expected ${bytes.length} bytes, got ${at}`);
      at += bytesRead;
    }
    return new Float32Array(bytes.buffer);
  } finally {
    await file.close();
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
