/**
 * Seeded whole numbers, the same on every runtime: a Weyl sequence whose every value is scrambled by the finaliser
 * of MurmurHash3. Enough for resampling and shuffling; not for secrets.
 *
 * @returns A function that draws from 0 … n − 1, for n up to 2³².
 */
export function seededIntegers(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return Math.floor((((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32) * n);
  };
}

/** A copy of the list in random order (Fisher and Yates). */
export function shuffled<T>(list: readonly T[], draw: (n: number) => number): T[] {
  const result = [...list];
  for (let i = result.length - 1; i > 0; i--) {
    const j = draw(i + 1);
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}
