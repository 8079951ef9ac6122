import { Random } from "./random.ts";

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

/** Counts a source. */
export function describe(source: FaceSource): SourceStats {
  const counts = new Uint32Array(source.identities.length);
  for (const { label } of source.files) counts[label]++;
  const sorted = counts.slice().sort();
  const n = sorted.length;
  return {
    identities: n,
    photos: source.files.length,
    singletons: sorted.filter((count) => count === 1).length,
    min: n === 0 ? 0 : sorted[0],
    median: n === 0 ? 0 : (sorted[(n - 1) >> 1] + sorted[n >> 1]) / 2,
    max: n === 0 ? 0 : sorted[n - 1],
  };
}

/** The photos of some of a source's identities, with labels counted anew in the given order. */
export function selectIdentities(source: FaceSource, labels: Iterable<number>): FaceSource {
  const fresh = new Map<number, number>();
  const identities: string[] = [];
  for (const label of labels) {
    fresh.set(label, identities.length);
    identities.push(source.identities[label]);
  }
  const files: FaceFile[] = [];
  for (const { path, label } of source.files) {
    const now = fresh.get(label);
    if (now !== undefined) files.push({ path, label: now });
  }
  return { identities, files };
}

/**
 * Parts a source into two without a person in common.
 *
 * @param heldOut How many identities to hold out: a count when 1 or more, else a fraction of them.
 * @param seed Which ones; the same seed always holds out the same.
 * @throws {RangeError} When either part would be empty.
 */
export function splitIdentities(
  source: FaceSource,
  heldOut: number,
  seed: number,
): { train: FaceSource; heldOut: FaceSource } {
  const n = source.identities.length;
  const count = heldOut < 1 ? Math.round(heldOut * n) : heldOut;
  if (!Number.isInteger(count) || count < 1 || count >= n) {
    throw new RangeError(
      `Cannot hold out identities: expected 1 to ${n - 1} of ${n} or a fraction below 1, got ${heldOut}`,
    );
  }
  const order = new Random("split", seed).permutation(n);
  return {
    train: selectIdentities(source, order.slice(count).sort()),
    heldOut: selectIdentities(source, order.slice(0, count).sort()),
  };
}
