import { Random } from "./random.ts";
import { ShardSource } from "./shards/shard-source.ts";

/** One photo on disk and whose it is. */
export interface FaceFile {
  readonly path: string;
  /** The place of its identity in `FaceSource.identities`. */
  readonly label: number;
}

/** What batches are made from: people, and where their photos are. */
export interface FaceSource {
  /** Names; an identity's label is its place here. */
  readonly identities: readonly string[];
  readonly files: readonly FaceFile[];
}

export interface SourceStats {
  readonly identities: number;
  readonly photos: number;
  /** Identities of one photo: legal in training, useless in pairs. */
  readonly singletons: number;
  /** Photos an identity. */
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** How many photos a source has. */
export function photoCount(source: FaceSource | ShardSource): number {
  return source instanceof ShardSource ? source.photos : source.files.length;
}

/** How many identities a source has, those without photos among them; does not make their names. */
export function identityCount(source: FaceSource | ShardSource): number {
  return source instanceof ShardSource ? source.counts.length : source.identities.length;
}

/** How many photos each label has. */
export function identityCounts(source: FaceSource | ShardSource): Uint32Array {
  if (source instanceof ShardSource) return source.counts;
  const counts = new Uint32Array(source.identities.length);
  for (const { label } of source.files) counts[label]++;
  return counts;
}

/** Counts a source. Labels without photos, which an edited index of shards may leave, count as no identities. */
export function describe(source: FaceSource | ShardSource): SourceStats {
  const sorted = identityCounts(source)
    .filter((count) => count > 0)
    .sort();
  const n = sorted.length;
  return {
    identities: n,
    photos: photoCount(source),
    singletons: sorted.filter((count) => count === 1).length,
    min: n === 0 ? 0 : sorted[0],
    median: n === 0 ? 0 : (sorted[(n - 1) >> 1] + sorted[n >> 1]) / 2,
    max: n === 0 ? 0 : sorted[n - 1],
  };
}

/** A bar of `photosHistogram`. */
export interface HistogramBar {
  /** Identities of `from` to `to` photos are counted. */
  readonly from: number;
  readonly to: number;
  readonly identities: number;
}

/** How many identities have 1, 2 to 3, 4 to 7, … photos, up to the largest. */
export function photosHistogram(source: FaceSource | ShardSource): HistogramBar[] {
  const bars: number[] = [];
  for (const count of identityCounts(source)) {
    if (count === 0) continue;
    const bar = 31 - Math.clz32(count);
    while (bars.length <= bar) bars.push(0);
    bars[bar]++;
  }
  return bars.map((identities, bar) => ({ from: 2 ** bar, to: 2 ** (bar + 1) - 1, identities }));
}

/** The photos of some of a source's identities, with labels counted anew in the given order. */
export function selectIdentities<S extends FaceSource | ShardSource>(source: S, labels: Iterable<number>): S {
  const chosen = Int32Array.from(labels);
  if (source instanceof ShardSource) return source.select(chosen) as S;
  const identities = Array.from(chosen, (label) => source.identities[label]);
  const fresh = new Map(Array.from(chosen, (label, now) => [label, now]));
  const files: FaceFile[] = [];
  for (const { path, label } of source.files) {
    const now = fresh.get(label);
    if (now !== undefined) files.push({ path, label: now });
  }
  return { identities, files } satisfies FaceSource as FaceSource as S;
}

export interface SplitOptions {
  /** Holds out only identities of at least so many photos (default 1). */
  readonly minPhotos?: number;
}

/**
 * Parts a source into two without a person in common.
 *
 * @param heldOut How many identities to hold out: a count when 1 or more, else a fraction of them.
 * @param seed Which ones; the same seed always holds out the same.
 * @throws {RangeError} When either part would be empty, or too few identities have so many photos.
 */
export function splitIdentities<S extends FaceSource | ShardSource>(
  source: S,
  heldOut: number,
  seed: number,
  { minPhotos = 1 }: SplitOptions = {},
): { train: S; heldOut: S } {
  const n = identityCount(source);
  const count = heldOut < 1 ? Math.round(heldOut * n) : heldOut;
  if (!Number.isInteger(count) || count < 1 || count >= n) {
    const got = heldOut < 1 ? `${heldOut}, which is ${count}` : `${heldOut}`;
    throw new RangeError(
      `Cannot hold out identities: expected 1 to ${n - 1} of ${n}, or a share below 1 that is as many, got ${got}`,
    );
  }
  const photos = identityCounts(source);
  const order = new Random("split", seed).permutation(n).filter((label) => photos[label] >= minPhotos);
  if (order.length < count) {
    throw new RangeError(
      `Cannot hold out identities: expected ${count} or more of at least ${minPhotos} photos, got ${order.length} of ${n}`,
    );
  }
  const held = order.slice(0, count).sort();
  const isHeld = new Set(held);
  const all = new Uint32Array(n).map((_, label) => label);
  return {
    train: selectIdentities(
      source,
      all.filter((label) => !isHeld.has(label)),
    ),
    heldOut: selectIdentities(source, held),
  };
}
