/** Numbers in 0..1, the same for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Pairs in the order of pairs.txt: in each fold `perClass` same and then `perClass` different ones. */
export function labels(folds: number, perClass: number): boolean[] {
  return Array.from({ length: folds * 2 * perClass }, (_, p) => p % (2 * perClass) < perClass);
}

/** Overlapping distances, the same pairs' smaller on average by `gap`. */
export function randomDistances(issame: readonly boolean[], gap: number, seed: number): Float64Array {
  const next = seeded(seed);
  return Float64Array.from(issame, (same) => 1.5 + 0.5 * (next() + next() - 1) + (same ? -gap / 2 : gap / 2));
}
