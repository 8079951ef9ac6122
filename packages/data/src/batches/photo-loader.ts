import { availableParallelism } from "node:os";
import type { Loading } from "../concurrency/load-ahead.ts";
import { toError } from "../loading/batch-loader.ts";
import { loadInWorker } from "../loading/load-in-worker.ts";
import { ShardError, type SkippedRecord } from "../shards/shard-error.ts";
import { type PhotoColumns, photoAt, photoName } from "../source/photo-columns.ts";
import type { PhotoOrder } from "../source/photo-source.ts";
import type { SkippedPhoto } from "../source/skipped-photo.ts";
import { takeMemory } from "./batch-memory.ts";
import type { BatchOptions, ImageSize } from "./batch-options.ts";

/** Photos of a batch and whose they are. */
export interface Loaded {
  readonly images: Float32Array;
  readonly labels: Int32Array;
  /** Where each photo lies. */
  readonly sources: () => string[];
  /** What the photos are called, where it was asked for: a file's path, or a record's `image/filename`. */
  readonly names: readonly string[] | undefined;
  /** Places of photos that cannot be read, where no others stand for them. */
  readonly missing: ReadonlySet<number>;
}

/** What a loader takes of the options of `batches`. */
export type PhotoOptions = Pick<
  BatchOptions,
  "imageSize" | "seed" | "epoch" | "flip" | "augment" | "workers" | "skipCorrupt" | "onSkip"
> & {
  readonly names?: boolean;
  /** Whether others take the places of unreadable photos (default); else these are missing, and errors without `onSkip`. */
  readonly replace?: boolean;
};

let streams = 0;

/** Loads the photos of an order by their positions. */
export class PhotoLoader {
  readonly imageSize: ImageSize;
  readonly #order: PhotoOrder;
  readonly #options: PhotoOptions;
  readonly #replace: boolean;
  readonly #workers: number;
  readonly #bad = new Set<string>();
  readonly #stream = streams++;

  constructor(order: PhotoOrder, options: PhotoOptions) {
    this.imageSize = options.imageSize ?? [112, 96];
    this.#order = order;
    this.#options = options;
    this.#replace = options.replace ?? true;
    this.#workers = options.workers ?? Math.min(4, availableParallelism());
  }

  /** The photos at positions `from` to `to - 1`. */
  load(from: number, to: number): Loading<Loaded> {
    const refs = this.#order.slice(from, to);
    const post = (photos: PhotoColumns) => {
      return { photos, result: this.#start(photos, from) };
    };
    // What is known at once is handed over at once, before the consumer blocks the event loop.
    const started = refs instanceof Promise ? refs.then(post) : Promise.resolve(post(refs));
    started.then(
      ({ result }) => result.catch(() => {}),
      () => {},
    );
    return {
      handedOver: started.then(
        () => {},
        () => {},
      ),
      value: started.then(({ photos, result }) => this.#complete(from, photos, result)),
    };
  }

  #start({ labels, paths, records }: PhotoColumns, position: number) {
    const { seed = 0, epoch = 0, flip = false, augment, names = false } = this.#options;
    const [height, width] = this.imageSize;
    return loadInWorker(
      {
        stream: this.#stream,
        size: labels.length,
        photos: records ? { paths, records } : { paths },
        position,
        height,
        width,
        seed,
        epoch,
        flip,
        augment,
        names,
        memory: takeMemory(labels.length * height * width * 3 * Float32Array.BYTES_PER_ELEMENT),
      },
      this.#workers,
    );
  }

  async #complete(
    from: number,
    photos: PhotoColumns,
    result: ReturnType<typeof loadInWorker>,
  ): Promise<Loaded> {
    const { images, names, failures } = await result;
    const labels = photos.labels.slice();
    const others = new Map<number, string>();
    const missing = new Set<number>();
    for (const { at, failure } of failures) {
      this.#skip(nameOf(photos, at), toError(failure));
      if (!this.#replace) {
        missing.add(at);
        continue;
      }
      const other = await this.#replacement(from + at);
      images.set(other.image, at * other.image.length);
      labels[at] = other.label;
      others.set(at, other.name);
    }
    const sources = () => Array.from(labels, (_, at) => others.get(at) ?? nameOf(photos, at));
    return { images, labels, sources, names, missing };
  }

  /** The next readable photo in the epoch's order after `position`, around its end if need be. */
  async #replacement(position: number): Promise<{ image: Float32Array; label: number; name: string }> {
    const { length } = this.#order;
    for (let i = 1; i < length; i++) {
      const at = (position + i) % length;
      const photo = await this.#order.slice(at, at + 1);
      const name = nameOf(photo, 0);
      if (this.#bad.has(name)) continue;
      const { images, failures } = await this.#start(photo, position);
      if (failures.length === 0) return { image: images, label: photo.labels[0], name };
      this.#skip(name, toError(failures[0].failure));
    }
    throw new Error(
      `Cannot make batches: expected readable photos, got ${length} that cannot be read, ` +
        `${nameOf(await this.#order.slice(0, 1), 0)} among them`,
    );
  }

  #skip(name: string, error: ReturnType<typeof toError>): void {
    if (error instanceof RangeError) throw error;
    if (error instanceof ShardError && !this.#options.skipCorrupt) throw error;
    if (!this.#replace && !this.#options.onSkip) throw error;
    if (this.#bad.has(name)) return;
    this.#bad.add(name);
    this.#options.onSkip?.({ path: name, error } as SkippedPhoto | SkippedRecord);
  }
}

const nameOf = (photos: PhotoColumns, i: number) => photoName(photoAt(photos, i));
