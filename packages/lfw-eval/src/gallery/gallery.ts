import { randomUUID } from "node:crypto";
import { stat } from "node:fs/promises";
import { writeFileAtomic } from "@amface/files";
import { countEmbeddings, type Embeddings } from "../distances/embeddings.ts";
import { type KeepRows, type KeptRows, keepPlainRows } from "../distances/kept-rows.ts";
import { unitRows } from "../distances/unit-rows.ts";
import { applyRows, type Chunk, joinedChunks, keptRows, ROWS, takeNearest } from "./gallery-chunks.ts";
import {
  appendMessage,
  encodeRows,
  GalleryError,
  type GalleryRows,
  isUnchanged,
  readGalleryFile,
} from "./gallery-file.ts";
import { withGalleryLock } from "./gallery-lock.ts";
import { type Match, NearestPeople } from "./nearest-people.ts";

/** A photo of a person. */
export interface Enrolled {
  readonly name: string;
  readonly path: string;
}

export interface IdentifyOptions {
  /** How many people are told of (default 5). */
  readonly top?: number;
  /**
   * How photos are loaded for comparing, once, until `unload`; default: in plain JavaScript. Give the same function each time: with
   * another one all photos are loaded anew.
   */
  readonly keep?: KeepRows;
}

/** Queries that are compared with a chunk in one go. */
const QUERIES = 256;

/**
 * People by the embeddings of their photos, in one file: an Arrow stream that only grows. Adding appends rows with embeddings,
 * removing and renaming a row that says so. A process that is killed, or a power cut, loses at most what was being appended;
 * `compact` writes the file anew without what was removed. Calls that are not waited for are done one after another.
 */
export class Gallery {
  readonly path: string;
  /** D, the length of an embedding. */
  readonly size: number;
  #metadata: ReadonlyMap<string, string>;
  #chunks: Chunk[] = [];
  #end: number;
  /** Chunks that were loaded, and how. */
  readonly #kept = new Map<Chunk, KeptRows>();
  #keep: KeepRows = keepPlainRows;
  /** Over when all calls so far are. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(path: string, size: number, metadata: ReadonlyMap<string, string>, end: number) {
    this.path = path;
    this.size = size;
    this.#metadata = metadata;
    this.#end = end;
  }

  /**
   * Opens a gallery.
   *
   * @throws {GalleryError} When there is none, it is damaged, or its embeddings have another size than the one asked for.
   */
  static async open(path: string, size?: number): Promise<Gallery> {
    const content = await readGalleryFile(path, size);
    const gallery = new Gallery(path, content.size, content.metadata, content.end);
    for (const batch of content.batches) applyRows(gallery.#chunks, batch);
    gallery.#chunks = joinedChunks(gallery.#chunks, content.size);
    return gallery;
  }

  /**
   * Makes an empty gallery.
   *
   * @throws {GalleryError} When there is a file.
   * @throws {WriteError} When the place is not writable.
   */
  static async create(
    path: string,
    size: number,
    metadata: ReadonlyMap<string, string> = new Map(),
  ): Promise<Gallery> {
    return await withGalleryLock(path, async () => {
      if (await stat(path).catch(() => undefined))
        throw new GalleryError(`Cannot make the gallery ${path}: expected no file there, got one`);
      const nobody = { changes: [], names: [], paths: [], embeddings: new Float32Array() };
      const noted = withNewId(metadata);
      const { schema } = encodeRows(nobody, size, noted);
      await writeFileAtomic(path, schema);
      return new Gallery(path, size, noted, schema.length);
    });
  }

  /** What the gallery's maker noted, such as the model; and the file's `id`, another one whenever it is written anew. */
  get metadata(): ReadonlyMap<string, string> {
    return this.#metadata;
  }

  /** Photos of each person. */
  get people(): Map<string, number> {
    const people = new Map<string, number>();
    for (const { names } of this.#chunks)
      for (const name of names) if (name !== undefined) people.set(name, (people.get(name) ?? 0) + 1);
    return people;
  }

  get photos(): number {
    return this.#chunks.reduce(
      (sum, { names }) => sum + names.filter((name) => name !== undefined).length,
      0,
    );
  }

  /**
   * Adds photos. One that is there already, under the same name and path, is replaced; of equal ones among `photos` the last counts.
   *
   * @param embeddings One a photo, of any length but 0.
   * @throws {RangeError} When their number or size is another, a name or path is empty, or an embedding is not finite or all zero.
   */
  async add(photos: readonly Enrolled[], embeddings: Embeddings): Promise<void> {
    const count = countEmbeddings(embeddings);
    if (count !== photos.length || embeddings.size !== this.size) {
      const got = `${count} of ${embeddings.size} values`;
      throw new RangeError(
        `Cannot enrol: expected ${photos.length} embeddings of ${this.size} values, got ${got}`,
      );
    }
    if (photos.some(({ name, path }) => name === "" || path === ""))
      throw new RangeError("Cannot enrol: expected names and paths, got an empty one");
    const last = new Map(photos.map((photo, row) => [keyOf(photo), { ...photo, row }]));
    const units = unitRows(embeddings).data;
    await this.#inTurn(() => this.#addUnits([...last.values()], units));
  }

  /** @param units Of each photo that which is at its row. */
  async #addUnits(photos: readonly (Enrolled & { readonly row: number })[], units: Float32Array) {
    for (let from = 0; from < photos.length; from += ROWS) {
      const part = photos.slice(from, from + ROWS);
      const replaced = this.#present(part);
      const all = [...replaced, ...part];
      const rows = new Float32Array(all.length * this.size);
      for (const [i, { row }] of part.entries()) {
        const unit = units.subarray(row * this.size, (row + 1) * this.size);
        rows.set(unit, (replaced.length + i) * this.size);
      }
      await this.#append({
        changes: all.map((_, i) => (i < replaced.length ? "remove" : "add")),
        names: all.map(({ name }) => name),
        paths: all.map(({ path }) => path),
        embeddings: rows,
      });
    }
  }

  /**
   * Removes a person.
   *
   * @throws {RangeError} When nobody has the name.
   */
  async remove(name: string): Promise<void> {
    await this.#inTurn(() => {
      this.#require(name, "remove");
      return this.#change("remove", [{ name, path: "" }]);
    });
  }

  /**
   * Gives a person another name; photos of one who has that already join theirs.
   *
   * @throws {RangeError} When nobody has the name, or the other is empty.
   */
  async rename(name: string, to: string): Promise<void> {
    if (to === "") throw new RangeError("Cannot rename: expected a name, got an empty one");
    await this.#inTurn(() => {
      this.#require(name, "rename");
      return this.#change("rename", [{ name, path: to }]);
    });
  }

  /**
   * The nearest people to each query, each by the nearest photo: exact, all photos are compared.
   *
   * @param queries Embeddings of any length but 0.
   * @returns Of each query at most `top` people, nearest first; fewer where there are not so many.
   */
  async identify(
    queries: Embeddings,
    { top = 5, keep = keepPlainRows }: IdentifyOptions = {},
  ): Promise<Match[][]> {
    const count = countEmbeddings(queries);
    if (queries.size !== this.size)
      throw new RangeError(
        `Cannot identify: expected embeddings of ${this.size} values, got ${queries.size}`,
      );
    const units = unitRows(queries).data;
    const nearest = Array.from({ length: count }, () => new NearestPeople(top));
    await this.#inTurn(() => this.#takeAll(nearest, units, keep));
    return nearest.map(({ matches }) => matches);
  }

  async #takeAll(nearest: readonly NearestPeople[], units: Float32Array, keep: KeepRows): Promise<void> {
    if (keep !== this.#keep) this.#free();
    this.#keep = keep;
    for (const chunk of this.#chunks) {
      const rows = this.#load(chunk);
      for (let from = 0; from < nearest.length; from += QUERIES) {
        const block = nearest.slice(from, from + QUERIES);
        const data = units.subarray(from * this.size, (from + block.length) * this.size);
        takeNearest(block, chunk, await rows.products({ data, size: this.size }));
      }
    }
  }

  /** Frees what `identify` loaded, when calls before are done; the next one loads it again. */
  async unload(): Promise<void> {
    await this.#inTurn(() => this.#free());
  }

  /** Calls wait for one another: one may free or change what another reads. */
  #inTurn<T>(call: () => T | Promise<T>): Promise<T> {
    const result = this.#last.then(call);
    this.#last = result.catch(() => {});
    return result;
  }

  #free(): void {
    for (const rows of this.#kept.values()) rows.dispose();
    this.#kept.clear();
  }

  #load(chunk: Chunk): KeptRows {
    const rows = this.#kept.get(chunk) ?? this.#keep({ data: chunk.embeddings, size: this.size });
    this.#kept.set(chunk, rows);
    return rows;
  }

  /**
   * Writes the file anew, without what was removed.
   *
   * @throws {GalleryError} When another process changes it, or has since it was opened.
   */
  async compact(): Promise<void> {
    await this.#inTurn(() => withGalleryLock(this.path, () => this.#writeAnew()));
  }

  /** For those who hold the lock. */
  async #writeAnew(): Promise<void> {
    await this.#requireUnchanged();
    const metadata = withNewId(this.#metadata);
    const nobody = { changes: [], names: [], paths: [], embeddings: new Float32Array() };
    const pieces = [encodeRows(nobody, this.size, metadata).schema];
    for (const chunk of this.#chunks) {
      const rows = keptRows(chunk, this.size);
      if (rows) pieces.push(encodeRows(rows, this.size, metadata).batch);
    }
    await writeFileAtomic(this.path, pieces);
    const fresh = await Gallery.open(this.path);
    this.#free();
    this.#chunks = fresh.#chunks;
    this.#end = fresh.#end;
    this.#metadata = fresh.#metadata;
  }

  #require(name: string, what: string): void {
    if (this.#chunks.some(({ names }) => names.includes(name))) return;
    throw new RangeError(`Cannot ${what} ${name}: expected somebody of the gallery, got nobody of that name`);
  }

  /** Those of the photos that are in the gallery. */
  #present(photos: readonly Enrolled[]): Enrolled[] {
    const wanted = new Map(photos.map((photo) => [keyOf(photo), photo]));
    return this.#chunks.flatMap(({ names, paths }) =>
      names.flatMap((name, row) => wanted.get(keyOf({ name, path: paths[row] })) ?? []),
    );
  }

  #change(change: string, people: readonly Enrolled[]): Promise<void> {
    return this.#append({
      changes: people.map(() => change),
      names: people.map(({ name }) => name),
      paths: people.map(({ path }) => path),
      embeddings: new Float32Array(people.length * this.size),
    });
  }

  async #append(rows: GalleryRows): Promise<void> {
    const { batch } = encodeRows(rows, this.size, this.#metadata);
    await withGalleryLock(this.path, async () => {
      await this.#requireUnchanged();
      this.#end = await appendMessage(this.path, this.#end, batch);
    });
    applyRows(this.#chunks, rows);
  }

  /** For those who hold the lock. */
  async #requireUnchanged(): Promise<void> {
    const id = this.#metadata.get("id");
    const unchanged = await isUnchanged(this.path, id, this.#end).catch((cause: Error) => {
      throw new GalleryError(`Cannot change the gallery ${this.path}: ${cause.message}`, { cause });
    });
    if (unchanged) return;
    throw new GalleryError(
      `Cannot change the gallery ${this.path}: expected it as it was opened, got one that was changed since; open it again`,
    );
  }
}

const keyOf = ({ name, path }: { readonly name?: string; readonly path: string }) => `${name}\0${path}`;

function withNewId(metadata: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...metadata, ["id", randomUUID()]]);
}
