import { countEmbeddings, type Embeddings } from "./embeddings.ts";

/** How photos join into templates. */
export interface PoolOptions {
  /** What each photo's embedding is multiplied by, such as the detector's score (default 1). */
  readonly scores?: ArrayLike<number>;
  /** Bring embeddings to length 1 first; else a net's longer ones, of clearer photos, count more (default false). */
  readonly unit?: boolean;
  /** Photos that are not there, by their places: they do not count in the mean of their medium (default none). */
  readonly missing?: ReadonlySet<number>;
}

/**
 * Templates out of photos: the mean of the photos of each medium, such as the frames of a video, and the sum of a template's
 * media (Whitelam et al., CVPRW 2017, as insightface computes it). Photos come in any pieces, of which none is kept:
 * memory holds one float64 row a template.
 */
export class TemplatePool {
  readonly #templates: Int32Array;
  readonly #weights: Float64Array;
  readonly #unit: boolean;
  readonly #count: number;
  #size = 0;
  #sums = new Float64Array();

  /**
   * @param templates The row of each photo's template, from 0.
   * @param media The medium of each photo.
   * @throws {RangeError} When the lists differ in length.
   */
  constructor(templates: Int32Array, media: Int32Array, { scores, unit = false, missing }: PoolOptions = {}) {
    if (templates.length !== media.length || (scores && scores.length !== templates.length)) {
      const got = `${media.length} media${scores ? ` and ${scores.length} scores` : ""}`;
      throw new RangeError(
        `Cannot pool templates: expected one for each of ${templates.length} photos, got ${got}`,
      );
    }
    this.#templates = templates;
    this.#unit = unit;
    this.#count = templates.reduce((most, row) => Math.max(most, row + 1), 0);
    const photosOf = new Map<number, number>();
    const key = (i: number) => templates[i] * 2 ** 31 + media[i];
    for (let i = 0; i < media.length; i++)
      if (!missing?.has(i)) photosOf.set(key(i), (photosOf.get(key(i)) ?? 0) + 1);
    this.#weights = Float64Array.from(media, (_, i) =>
      missing?.has(i) ? 0 : (scores?.[i] ?? 1) / photosOf.get(key(i))!,
    );
  }

  /**
   * Adds the embeddings of photos.
   *
   * @param from The first one's place in the list.
   * @throws {RangeError} When they are more than the list has, or of another size than before, or one is not finite.
   */
  add(from: number, embeddings: Embeddings): void {
    const { data, size } = embeddings;
    const rows = countEmbeddings(embeddings);
    if (this.#size === 0) {
      this.#size = size;
      this.#sums = new Float64Array(this.#count * size);
    }
    if (size !== this.#size || from + rows > this.#templates.length) {
      const got = `${from + rows} of ${size}`;
      throw new RangeError(
        `Cannot pool templates: expected ${this.#templates.length} embeddings of ${this.#size} values, got ${got}`,
      );
    }
    const sums = this.#sums;
    for (let i = 0; i < rows; i++) {
      let squares = 0;
      for (let d = i * size; d < (i + 1) * size; d++) squares += data[d] * data[d];
      if (!Number.isFinite(squares)) {
        throw new RangeError(
          `Cannot pool templates: expected finite values, got others in the embedding of photo ${from + i + 1}`,
        );
      }
      const length = this.#unit && squares > 0 ? Math.sqrt(squares) : 1;
      const weight = this.#weights[from + i] / length;
      const at = this.#templates[from + i] * size;
      for (let d = 0; d < size; d++) sums[at + d] += weight * data[i * size + d];
    }
  }

  /** One row a template, not normalised. */
  embeddings(): Embeddings {
    return { data: Float32Array.from(this.#sums), size: Math.max(1, this.#size) };
  }
}
