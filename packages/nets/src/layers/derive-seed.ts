/**
 * A seed of its own for everything random that has a name: the same `(seed, name)` gives the same number,
 * other names give unrelated ones. FNV-1a over the name, mixed with the seed by MurmurHash3's finaliser.
 *
 * @returns An integer in [1, 2³¹ - 1]. Never 0, which TensorFlow.js takes for "no seed".
 */
export function deriveSeed(seed: number, name: string): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 1 || 1;
}
