import { nameKey } from "@amface/files";
import { identityOf, stemOf } from "./photo-name.ts";

export interface ExcludeOptions {
  /** Told, where there are any, of the paths that match no photo. */
  readonly onUnmatched?: (paths: readonly string[]) => void;
}

/** Names in lists that are quoted. */
const QUOTED = 3;
/** What `align --all` calls the crops of a photo: with the number of the face. */
const NUMBERED = /_(0|[1-9]\d*)$/;

/**
 * Photos and identities to leave out, by their names. Each photo of a source is shown to `consider`; then `excluded` has
 * those to leave out.
 */
export class Exclusions<Photo> {
  /** Whether anything matched, and the path as it was given, by its name without extension. */
  readonly #paths = new Map<string, { readonly path: string; matches: boolean }>();
  /** Identities of which something is to be left out. */
  readonly #identities = new Set<string>();
  readonly #named: Photo[] = [];
  /** By the names of photos that may not be there themselves: crops of their faces, and the faces' numbers. */
  readonly #crops = new Map<string, { readonly photo: Photo; readonly isMain: boolean }[]>();

  /**
   * @param paths `identity/photo.jpg` is a photo, whatever its extension, `identity/` everything of an identity. Where
   *   there is no such photo, but `identity/photo_0`, it is the photo that this and `photo_1` and so on are the faces of.
   */
  constructor(paths: readonly string[]) {
    for (const path of paths) {
      const key = nameKey(path);
      const stem = stemOf(key);
      if (!this.#paths.has(stem)) this.#paths.set(stem, { path, matches: false });
      this.#identities.add(identityOf(key));
    }
  }

  /** Whether any photo of this identity is to be left out. */
  touches(identity: string): boolean {
    return this.#identities.has(nameKey(identity));
  }

  /** @param names What the photo may be called, `identity/photo.jpg`. */
  consider(photo: Photo, ...names: readonly string[]): void {
    const stems = names.map((name) => stemOf(nameKey(name)));
    const found = stems
      .flatMap((stem) => [stem, `${identityOf(stem)}/`])
      .flatMap((stem) => this.#paths.get(stem) ?? []);
    for (const listed of found) listed.matches = true;
    if (found.length > 0) this.#named.push(photo);
    for (const stem of new Set(stems)) {
      const whole = stem.replace(NUMBERED, "");
      if (whole === stem || !this.#paths.has(whole)) continue;
      const crops = this.#crops.get(whole) ?? [];
      this.#crops.set(whole, crops);
      crops.push({ photo, isMain: stem.endsWith("_0") });
    }
  }

  /**
   * The photos to leave out of those that were considered.
   *
   * @throws {RangeError} When there are paths and none matches.
   */
  excluded({ onUnmatched }: ExcludeOptions = {}): Photo[] {
    const photos = new Set(this.#named);
    for (const [whole, crops] of this.#crops) {
      const listed = this.#paths.get(whole)!;
      if (listed.matches || !crops.some(({ isMain }) => isMain)) continue;
      listed.matches = true;
      for (const { photo } of crops) photos.add(photo);
    }
    const unmatched = [...this.#paths.values()].flatMap(({ path, matches }) => (matches ? [] : [path]));
    if (unmatched.length > 0 && unmatched.length === this.#paths.size) {
      const first = unmatched.slice(0, QUOTED).join(", ");
      throw new RangeError(
        "Cannot leave out photos: expected names of photos (identity/photo) or identities (identity/) that are there, " +
          `got ${unmatched.length} that match none, such as ${first}`,
      );
    }
    if (unmatched.length > 0) onUnmatched?.(unmatched);
    return [...photos];
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
      `Cannot leave out photos: expected some to be left, got ${this.#paths.size} exclusions that take all`,
    );
  }
}
