import type { Face } from "@amface/align";

/** Corners x1, y1, x2, y2 in pixels. */
export type Corners = Face["box"];

/** The share of two boxes' union that both cover, 0..1. */
export function overlap(a: Corners, b: Corners): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (areaOf(a) + areaOf(b) - width * height);
}

const areaOf = ([x1, y1, x2, y2]: Corners) => (x2 - x1) * (y2 - y1);

/**
 * Gives each expected box at most one of the found ones, and each found box away once: pairs by falling likeness.
 *
 * @param likeness How well two belong together; a pair under `least` is none.
 * @returns For each expected box the index of its found one, or -1.
 */
export function matchBoxes<E, F>(
  expected: readonly E[],
  found: readonly F[],
  least: number,
  likeness: (expected: E, found: F) => number,
): number[] {
  const pairs = expected
    .flatMap((e, i) => found.map((f, j) => ({ i, j, likeness: likeness(e, f) })))
    .filter((pair) => pair.likeness >= least)
    .sort((a, b) => b.likeness - a.likeness);
  const partners = expected.map(() => -1);
  const taken = new Set<number>();
  for (const { i, j } of pairs) {
    if (partners[i] >= 0 || taken.has(j)) continue;
    partners[i] = j;
    taken.add(j);
  }
  return partners;
}
