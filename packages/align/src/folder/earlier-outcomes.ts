import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { AlignOutcome, PhotoVersion } from "../manifest/align-outcome.ts";
import { readManifest } from "../manifest/manifest.ts";
import { numberedCrop } from "./crop-faces.ts";
import { isSameVersion } from "./photo-version.ts";
import type { Photo } from "./photos-to-align.ts";

/** What earlier runs into a folder did, of whatever shards they were. */
export class EarlierOutcomes {
  /** What the manifest of this run's own name says. */
  readonly ours: readonly AlignOutcome[];
  readonly #dir: string;
  readonly #byPhoto: ReadonlyMap<string, readonly AlignOutcome[]>;

  private constructor(
    dir: string,
    ours: readonly AlignOutcome[],
    byPhoto: ReadonlyMap<string, readonly AlignOutcome[]>,
  ) {
    this.#dir = dir;
    this.ours = ours;
    this.#byPhoto = byPhoto;
  }

  /** @param manifest This run's own; of the others only what they say about `photos` counts. */
  static async read(dir: string, photos: readonly Photo[], manifest: string): Promise<EarlierOutcomes> {
    const others = (await readdir(dir))
      .filter((name) => /^manifest(-\d+-of-\d+)?\.csv$/.test(name))
      .map((name) => join(dir, name))
      .filter((path) => path !== manifest);
    const wanted = new Set(photos.map(({ path }) => path));
    const byPhoto = new Map<string, AlignOutcome[]>();
    for (const path of others.sort()) merge(await readManifest(path), byPhoto, wanted);
    const ours = await readManifest(manifest);
    merge(ours, byPhoto, wanted);
    return new EarlierOutcomes(dir, ours, byPhoto);
  }

  /**
   * What was done to a photo, where that is still good: it was this version of the photo, and all its crops are named
   * as they should be and are there. A photo without one counts only for a run that joins shards.
   */
  async of(
    photo: Photo,
    version: PhotoVersion | undefined,
    { all, isJoin }: { readonly all: boolean; readonly isJoin: boolean },
  ): Promise<AlignOutcome[] | undefined> {
    const outcomes = this.#byPhoto.get(photo.path) ?? [];
    const count = all && outcomes[0]?.face ? outcomes[0].faces : 1;
    if (photo.refused || outcomes.length !== count) return undefined;
    if (isJoin && outcomes[0].crop === undefined) return [...outcomes];
    for (const [i, { crop, version: earlier }] of outcomes.entries()) {
      if (!isSameVersion(earlier, version)) return undefined;
      if (crop !== (all ? numberedCrop(photo.crop, i) : photo.crop)) return undefined;
      if (!(await isThere(join(this.#dir, crop)))) return undefined;
    }
    return [...outcomes];
  }
}

/** Adds a manifest's outcomes photo by photo; a later manifest's replace those of an earlier one. */
function merge(
  outcomes: readonly AlignOutcome[],
  byPhoto: Map<string, AlignOutcome[]>,
  wanted: ReadonlySet<string>,
): void {
  const fresh = new Set<string>();
  for (const outcome of outcomes) {
    const { path } = outcome;
    if (!wanted.has(path)) continue;
    if (fresh.has(path)) byPhoto.get(path)?.push(outcome);
    else byPhoto.set(path, [outcome]);
    fresh.add(path);
  }
}

/** An empty file is what a machine that lost its power may leave. */
async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    ({ size }) => size > 0,
    () => false,
  );
}
