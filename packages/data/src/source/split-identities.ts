import { Random } from "../numbers/random.ts";
import type { PhotoSource } from "./photo-source.ts";

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
export function splitIdentities(
  source: PhotoSource,
  heldOut: number,
  seed: number,
  { minPhotos = 1 }: SplitOptions = {},
): { train: PhotoSource; heldOut: PhotoSource } {
  const { counts: photos } = source;
  const n = photos.length;
  const count = heldOut < 1 ? Math.round(heldOut * n) : heldOut;
  if (!Number.isInteger(count) || count < 1 || count >= n) {
    const got = heldOut < 1 ? `${heldOut}, which is ${count}` : `${heldOut}`;
    throw new RangeError(
      `Cannot hold out identities: expected 1 to ${n - 1} of ${n}, or a share below 1 that is as many, got ${got}`,
    );
  }
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
    train: source.select(all.filter((label) => !isHeld.has(label))),
    heldOut: source.select(held),
  };
}
