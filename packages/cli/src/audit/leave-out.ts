import { identityOf } from "@amface/data";
import { nameKey } from "@amface/files";

/** Something found, and what to leave out because of it. */
export interface Finding {
  readonly reason: string;
  /** @param isOut Whether a photo is left out already, for an earlier reason. */
  of(isOut: (path: string) => boolean): {
    readonly photos?: readonly string[];
    readonly identities?: readonly string[];
  };
}

/** What leaving out costs for one reason, beyond the reasons before it. */
export interface Cost {
  readonly reason: string;
  readonly photos: number;
  /** Identities that have no photo any more. */
  readonly identities: number;
}

export interface LeftOut {
  /** Lines of an exclusion file. */
  readonly lines: readonly string[];
  readonly costs: readonly Cost[];
  readonly photosLeft: number;
  readonly identitiesLeft: number;
}

/** A photo's name as exclusions compare it: whatever its extension. */
export const stemKey = (path: string) => nameKey(path).replace(/\.[^./]+$/, "");

/**
 * Adds up what to leave out, reason by reason: a photo counts for the first.
 *
 * @param minPhotos Identities of which fewer are left at the end are left out, too.
 */
export function leaveOut(paths: readonly string[], findings: readonly Finding[], minPhotos = 1): LeftOut {
  const left = new Map<string, Set<string>>();
  const byStem = new Map<string, string[]>();
  for (const path of paths) {
    left.set(identityOf(path), (left.get(identityOf(path)) ?? new Set()).add(path));
    byStem.set(stemKey(path), [...(byStem.get(stemKey(path)) ?? []), path]);
  }
  const lines = new Set<string>();
  const remove = (path: string) => left.get(identityOf(path))?.delete(path) ?? false;
  const isOut = (path: string) => !left.get(identityOf(path))?.has(path);
  const count = () => {
    const sizes = [...left.values()].map(({ size }) => size);
    return { photos: sizes.reduce((a, b) => a + b, 0), identities: sizes.filter((size) => size > 0).length };
  };
  const few: Finding = {
    reason: `identities of fewer than ${minPhotos} photos`,
    of: () => ({
      identities: [...left].flatMap(([name, { size }]) => (size > 0 && size < minPhotos ? [name] : [])),
    }),
  };
  let before = count();
  const costs = [...findings, few].map(({ reason, of }): Cost => {
    const { photos = [], identities = [] } = of(isOut);
    for (const identity of identities) {
      const own = left.get(identity);
      if (own === undefined || own.size === 0) continue;
      lines.add(`${identity}/`);
      own.clear();
    }
    for (const path of photos) {
      if (isOut(path)) continue;
      lines.add(path);
      for (const same of byStem.get(stemKey(path)) ?? []) remove(same);
    }
    const now = count();
    const cost = { photos: before.photos - now.photos, identities: before.identities - now.identities };
    before = now;
    return { reason, ...cost };
  });
  return {
    lines: [...lines],
    costs: costs.filter(({ photos }) => photos > 0),
    photosLeft: before.photos,
    identitiesLeft: before.identities,
  };
}
