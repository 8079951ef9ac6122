import { createHash } from "node:crypto";
import { join } from "node:path";
import { ImageError, type RgbImage } from "@amface/images";
import { inLanes } from "../concurrency/in-lanes.ts";
import { identityOf } from "../source/photo-name.ts";
import { readPhoto } from "../source/read-photo.ts";
import type { SkippedPhoto } from "../source/skipped-photo.ts";
import type { FileHash } from "./find-overlap.ts";
import { nearHashes } from "./near-hashes.ts";
import { hashDistance, type PerceptualHash, perceptualHash } from "./perceptual-hash.ts";

/** A photo by what tells its copies. */
export interface PhotoHash extends FileHash {
  readonly hash: PerceptualHash;
  /** Width times height. */
  readonly pixels: number;
}

/** A photo that is there more than once. */
export interface Duplicate {
  readonly path: string;
  /** Numbers the groups of copies, from 0. */
  readonly group: number;
  /** The photo of the group that is kept: the one of most pixels, then the first by its path. */
  readonly of: string;
  /** Bits in which the perceptual hashes of `path` and `of` differ. */
  readonly distance: number;
  /** Whether the two are the same file, byte for byte. */
  readonly exact: boolean;
  /** Whether the two stand under the same identity; where not, one of the names is wrong. */
  readonly sameIdentity: boolean;
  readonly keep: boolean;
}

export interface HashPhotosOptions {
  /** Called for every unreadable photo, which is then left out. Without it, the first one is an error. */
  readonly onSkip?: (skipped: SkippedPhoto) => void;
  /** Shown each photo's pixels, with its place in the list, for what else is wanted of them. */
  readonly onImage?: (place: number, image: RgbImage) => void;
  /** Told after each photo how many are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Photos decoded at the same time. */
const DECODES = 8;

/**
 * Reads photos and hashes files and pictures.
 *
 * @param files Relative to `dir`.
 * @returns A row a readable photo, in their order.
 * @throws {ImageError} When a photo cannot be read and there is no `onSkip`.
 */
export async function hashPhotos(
  dir: string,
  files: readonly string[],
  { onSkip, onImage, onProgress }: HashPhotosOptions = {},
): Promise<PhotoHash[]> {
  const hashes: (PhotoHash | undefined)[] = new Array(files.length);
  let done = 0;
  await inLanes(files.length, DECODES, async (i) => {
    const path = join(dir, files[i]);
    try {
      const { image, ...hash } = await hashPhoto(path);
      hashes[i] = { path: files[i], ...hash };
      onImage?.(i, image);
    } catch (error) {
      if (!(error instanceof ImageError && onSkip)) throw error;
      onSkip({ path, error });
    }
    onProgress?.(++done, files.length);
  });
  return hashes.filter((hash) => hash !== undefined);
}

async function hashPhoto(path: string): Promise<Omit<PhotoHash, "path"> & { readonly image: RgbImage }> {
  const { bytes, image } = await readPhoto(path);
  return {
    image,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    hash: perceptualHash(image),
    pixels: image.width * image.height,
  };
}

/**
 * Groups photos that are copies of one another: the same file, or pictures whose perceptual hashes differ in at
 * most `maxDistance` bits, such as a photo and its re-encoded or resized copy. Nearness is passed on, so the ends of
 * a group may differ by more.
 *
 * @returns A row for every photo that has a copy, by groups, in the order of each group's first photo.
 * @throws {RangeError} When `maxDistance` is not an integer of 0 to 31.
 */
export function findDuplicates(photos: readonly PhotoHash[], maxDistance = 4): Duplicate[] {
  const places = new Map<string, number[]>();
  photos.forEach(({ hash }, i) => {
    const key = `${hash[0]} ${hash[1]}`;
    const equal = places.get(key);
    if (equal) equal.push(i);
    else places.set(key, [i]);
  });
  const distinct = [...places.values()];
  const parent = distinct.map((_, i) => i);
  const root = (i: number): number => {
    while (parent[i] !== i) {
      parent[i] = parent[parent[i]];
      i = parent[i];
    }
    return i;
  };
  for (const { a, b } of nearHashes(
    distinct.map(([i]) => photos[i].hash),
    maxDistance,
  )) {
    parent[root(b)] = root(a);
  }
  const groups = new Map<number, number[]>();
  distinct.forEach((members, i) => {
    const group = groups.get(root(i)) ?? [];
    group.push(...members);
    groups.set(root(i), group);
  });
  return [...groups.values()]
    .filter((members) => members.length > 1)
    .map((members) => members.sort((a, b) => a - b))
    .sort(([a], [b]) => a - b)
    .flatMap((members, group) =>
      describeGroup(
        members.map((i) => photos[i]),
        group,
      ),
    );
}

function describeGroup(photos: readonly PhotoHash[], group: number): Duplicate[] {
  const kept = photos.reduce((best, photo) => (photo.pixels > best.pixels ? photo : best));
  return photos.map((photo) => ({
    path: photo.path,
    group,
    of: kept.path,
    distance: hashDistance(photo.hash, kept.hash),
    exact: photo.sha256 === kept.sha256,
    sameIdentity: identityOf(photo.path) === identityOf(kept.path),
    keep: photo === kept,
  }));
}
