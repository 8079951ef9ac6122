import { identityOf, stemOf } from "./photo-name.ts";

/** Photos and identities to leave out, by their names. */
export class Exclusions {
  readonly #stems: ReadonlySet<string>;
  /** Identities of which something is to be left out. */
  readonly #identities: ReadonlySet<string>;

  /** @param paths `identity/photo.jpg` is a photo, whatever its extension, `identity/` everything of an identity. */
  constructor(paths: readonly string[]) {
    this.#stems = new Set(paths.map(stemOf));
    this.#identities = new Set(paths.map(identityOf));
  }

  /** Whether to leave out the photo of this name, `identity/photo.jpg`. */
  has(name: string): boolean {
    return this.#stems.has(stemOf(name)) || this.#stems.has(`${identityOf(name)}/`);
  }

  /** Whether any photo of this identity is to be left out. */
  touches(identity: string): boolean {
    return this.#identities.has(identity);
  }

  /**
   * Labels that still have photos.
   *
   * @param counts Photos of each label that are left.
   * @throws {RangeError} When there are none.
   */
  remaining(counts: Uint32Array): Int32Array {
    const labels = Int32Array.from(counts.keys()).filter((label) => counts[label] > 0);
    if (labels.length > 0) return labels;
    throw new RangeError(
      `Cannot leave out photos: expected some to be left, got ${this.#stems.size} exclusions that take all`,
    );
  }
}
