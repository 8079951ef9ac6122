import { randomUUID } from "node:crypto";
import { stat } from "node:fs/promises";
import { writeFileAtomic } from "@amface/files";
import { countEmbeddings, type Embeddings } from "../distances/embeddings.ts";
import { plainProducts, type RowProducts } from "../distances/nearest-neighbours.ts";
import { unitRows } from "../distances/unit-rows.ts";
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
  /** Default: in plain JavaScript. */
  readonly products?: RowProducts;
}

/** Rows of a message at most, which bounds what has to be held besides; and rows that are compared in one go. */
const ROWS = 65_536;
/** Queries that are compared with those in one go. */
const QUERIES = 256;

interface Chunk {
  /** Nothing where a row was removed. */
  readonly names: (string | undefined)[];
  readonly paths: readonly string[];
  readonly embeddings: Float32Array;
}

/**
 * People by the embeddings of their photos, in one file: an Arrow stream that only grows. Adding appends rows with embeddings,
 * removing and renaming a row that says so. A process that is killed, or a power cut, loses at most what was being appended;
 * `compact` writes the file anew without what was removed.
 */
export class Gallery {
  readonly path: string;
  /** D, the length of an embedding. */
  readonly size: number;
  #metadata: ReadonlyMap<string, string>;
  #chunks: Chunk[] = [];
  #end: number;

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
    for (const batch of content.batches) gallery.#take(batch);
    gallery.#chunks = joined(gallery.#chunks, content.size);
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
   * Adds photos. One that is there already, under the same name and path, is replaced.
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
    const units = unitRows(embeddings).data;
    for (let from = 0; from < count; from += ROWS) {
      const part = photos.slice(from, from + ROWS);
      const replaced = this.#present(part);
      const all = [...replaced, ...part];
      const rows = new Float32Array(all.length * this.size);
      rows.set(
        units.subarray(from * this.size, (from + part.length) * this.size),
        replaced.length * this.size,
      );
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
    this.#require(name, "remove");
    await this.#change("remove", [{ name, path: "" }]);
  }

  /**
   * Gives a person another name; photos of one who has that already join theirs.
   *
   * @throws {RangeError} When nobody has the name, or the other is empty.
   */
  async rename(name: string, to: string): Promise<void> {
    this.#require(name, "rename");
    if (to === "") throw new RangeError("Cannot rename: expected a name, got an empty one");
    await this.#change("rename", [{ name, path: to }]);
  }

  /**
   * The nearest people to each query, each by the nearest photo: exact, all photos are compared.
   *
   * @param queries Embeddings of any length but 0.
   * @returns Of each query at most `top` people, nearest first; fewer where there are not so many.
   */
  async identify(
    queries: Embeddings,
    { top = 5, products = plainProducts }: IdentifyOptions = {},
  ): Promise<Match[][]> {
    const count = countEmbeddings(queries);
    if (queries.size !== this.size)
      throw new RangeError(
        `Cannot identify: expected embeddings of ${this.size} values, got ${queries.size}`,
      );
    const units = unitRows(queries).data;
    const nearest = Array.from({ length: count }, () => new NearestPeople(top));
    for (const chunk of this.#chunks) {
      for (let from = 0; from < count; from += QUERIES) {
        const block = nearest.slice(from, from + QUERIES);
        const data = units.subarray(from * this.size, (from + block.length) * this.size);
        const both = [chunk.embeddings, data].map((data) => ({ data, size: this.size }));
        takeNearest(block, chunk, await products(both[0], both[1]));
      }
    }
    return nearest.map(({ matches }) => matches);
  }

  /**
   * Writes the file anew, without what was removed.
   *
   * @throws {GalleryError} When another process changes it, or has since it was opened.
   */
  async compact(): Promise<void> {
    await withGalleryLock(this.path, async () => {
      await this.#requireUnchanged();
      const metadata = withNewId(this.#metadata);
      const nobody = { changes: [], names: [], paths: [], embeddings: new Float32Array() };
      const pieces = [encodeRows(nobody, this.size, metadata).schema];
      for (const { names, paths, embeddings } of this.#chunks) {
        const rows = Array.from(names.keys()).filter((row) => names[row] !== undefined);
        const kept = new Float32Array(rows.length * this.size);
        for (const [i, row] of rows.entries())
          kept.set(embeddings.subarray(row * this.size, (row + 1) * this.size), i * this.size);
        const batch = {
          changes: rows.map(() => "add"),
          names: rows.map((row) => names[row]!),
          paths: rows.map((row) => paths[row]),
          embeddings: kept,
        };
        if (rows.length > 0) pieces.push(encodeRows(batch, this.size, metadata).batch);
      }
      await writeFileAtomic(this.path, pieces);
      const fresh = await Gallery.open(this.path);
      this.#chunks = fresh.#chunks;
      this.#end = fresh.#end;
      this.#metadata = fresh.#metadata;
    });
  }

  #require(name: string, what: string): void {
    if (this.#chunks.some(({ names }) => names.includes(name))) return;
    throw new RangeError(`Cannot ${what} ${name}: expected somebody of the gallery, got nobody of that name`);
  }

  /** Those of the photos that are in the gallery. */
  #present(photos: readonly Enrolled[]): Enrolled[] {
    const key = (name: string | undefined, path: string) => `${name}\0${path}`;
    const wanted = new Map(photos.map((photo) => [key(photo.name, photo.path), photo]));
    return this.#chunks.flatMap(({ names, paths }) =>
      names.flatMap((name, row) => wanted.get(key(name, paths[row])) ?? []),
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
    this.#take(rows);
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

  /** Does what rows say: what they change first, then what they add. */
  #take({ changes, names, paths, embeddings }: GalleryRows): void {
    for (const [i, change] of changes.entries()) {
      if (change === "add") continue;
      for (const chunk of this.#chunks) {
        for (
          let row = chunk.names.indexOf(names[i]);
          row >= 0;
          row = chunk.names.indexOf(names[i], row + 1)
        ) {
          if (change === "rename") chunk.names[row] = paths[i];
          else if (change === "remove" && (paths[i] === "" || paths[i] === chunk.paths[row]))
            chunk.names[row] = undefined;
        }
      }
    }
    if (!changes.includes("add")) return;
    const added = names.map((name, row) => (changes[row] === "add" ? name : undefined));
    this.#chunks.push({ names: added, paths, embeddings });
  }
}

function withNewId(metadata: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...metadata, ["id", randomUUID()]]);
}

/** @param cosines Of each row of the chunk those of the queries. */
function takeNearest(
  queries: readonly NearestPeople[],
  { names, paths }: Chunk,
  cosines: Float32Array,
): void {
  for (const [q, people] of queries.entries()) {
    let { least } = people;
    for (let row = 0, at = q; row < names.length; row++, at += queries.length) {
      if (!(cosines[at] > least)) continue;
      const name = names[row];
      if (name === undefined) continue;
      people.add({ name, path: paths[row], cosine: cosines[at] });
      least = people.least;
    }
  }
}

/** Small chunks, which many single enrolments leave, joined to larger ones. */
function joined(chunks: readonly Chunk[], size: number): Chunk[] {
  const groups: Chunk[][] = [];
  let rows = 0;
  for (const chunk of chunks) {
    if (groups.length === 0 || rows + chunk.names.length > ROWS) {
      groups.push([]);
      rows = 0;
    }
    groups[groups.length - 1].push(chunk);
    rows += chunk.names.length;
  }
  return groups.map((group) => {
    if (group.length === 1) return group[0];
    const names = group.flatMap((chunk) => chunk.names);
    const embeddings = new Float32Array(names.length * size);
    let at = 0;
    for (const chunk of group) {
      embeddings.set(chunk.embeddings, at);
      at += chunk.embeddings.length;
    }
    return { names, paths: group.flatMap(({ paths }) => paths), embeddings };
  });
}
