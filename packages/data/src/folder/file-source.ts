import { createHash } from "node:crypto";
import { relative, sep } from "node:path";
import { Random } from "../numbers/random.ts";
import { type ExcludeOptions, Exclusions } from "../source/exclusions.ts";
import { type FaceFile, fileColumns, type PhotoColumns, type PhotoRef } from "../source/photo-columns.ts";
import type { NumberedPhotos, OrderOptions, PhotoOrder, PhotoSource } from "../source/photo-source.ts";

/** Files and whose they are. */
export interface FaceFiles {
  /** Names; an identity's label is its place here. */
  readonly identities: readonly string[];
  readonly files: readonly FaceFile[];
  /** The folder that the photos are named in: `dir/identity/photo.jpg` is `identity/photo.jpg`. By default a path is a name. */
  readonly dir?: string;
}

/** Photos in files, which are listed in memory. */
export class FileSource implements PhotoSource {
  readonly identities: readonly string[];
  readonly files: readonly FaceFile[];
  readonly counts: Uint32Array;
  readonly #dir: string | undefined;

  constructor({ identities, files, dir }: FaceFiles) {
    this.identities = identities;
    this.files = files;
    this.counts = new Uint32Array(identities.length);
    this.#dir = dir;
    for (const file of files) {
      if (!(file.label in this.counts)) {
        const expected = `a label of 0 to ${identities.length - 1}, a place in the identities`;
        throw new RangeError(`Cannot use ${file.path}: expected ${expected}, got ${file.label}`);
      }
      this.counts[file.label]++;
    }
  }

  get photos(): number {
    return this.files.length;
  }

  get fingerprint(): string {
    const hash = createHash("sha256");
    for (const { path, label } of this.files) hash.update(`${label} ${this.#nameOf(path)}\n`);
    return hash.digest("hex").slice(0, 16);
  }

  async order({ seed, epoch, shuffle }: OrderOptions): Promise<PhotoOrder> {
    const { files } = this;
    const order = shuffle ? new Random("order", seed, epoch).permutation(files.length) : undefined;
    return {
      length: files.length,
      slice: (from, to) =>
        fileColumns(Array.from({ length: to - from }, (_, i) => files[order ? order[from + i] : from + i])),
    };
  }

  async numbered(): Promise<NumberedPhotos> {
    const { files } = this;
    const columns = (numbers: readonly number[]): PhotoColumns => fileColumns(numbers.map((i) => files[i]));
    return { labels: Int32Array.from(files, ({ label }) => label), columns };
  }

  async list(): Promise<readonly PhotoRef[]> {
    return this.files.map(({ path, label }) => ({ path, label, name: this.#nameOf(path) }));
  }

  select(labels: Iterable<number>): FileSource {
    const chosen = [...labels];
    const fresh = new Map(chosen.map((label, now) => [label, now]));
    const files = this.files.flatMap(({ path, label }): FaceFile[] => {
      const now = fresh.get(label);
      return now === undefined ? [] : [{ path, label: now }];
    });
    return this.#with(
      chosen.map((label) => this.identities[label]),
      files,
    );
  }

  async exclude(paths: readonly string[], options?: ExcludeOptions): Promise<FileSource> {
    const exclusions = new Exclusions<FaceFile>(paths);
    for (const file of this.files) exclusions.consider(file, this.#nameOf(file.path));
    const excluded = new Set(exclusions.excluded(options));
    const left = this.files.filter((file) => !excluded.has(file));
    const source = this.#with(this.identities, left);
    return source.select(exclusions.remaining(source.counts));
  }

  #with(identities: readonly string[], files: readonly FaceFile[]): FileSource {
    return new FileSource({ identities, files, ...(this.#dir !== undefined && { dir: this.#dir }) });
  }

  #nameOf(path: string): string {
    return this.#dir === undefined ? path : relative(this.#dir, path).split(sep).join("/");
  }
}

/**
 * A source of listed files.
 *
 * @throws {RangeError} When a label is no place in `identities`.
 */
export function fileSource(files: FaceFiles): FileSource {
  return new FileSource(files);
}
