/*
 * Backends that compile a graph for each shape would compile one for each level of each photo's pyramid, and one for each
 * number of candidates. Filled up to few sizes, nearly all have been seen before; the nets look at what was there alone.
 */

/** A side filled up to the next of four sizes an octave: at most a quarter more. */
export function longerSide(side: number): number {
  const step = Math.max(8, 2 ** (Math.floor(Math.log2(side)) - 2));
  return Math.ceil(side / step) * step;
}

/** A number of windows filled up to the next of 1, 2, 4, 8, 12, 16, 24, 32, 48, 64. */
export function fullerBatch(count: number): number {
  if (count <= 4) return 2 ** Math.ceil(Math.log2(count));
  const step = Math.max(4, 2 ** (Math.floor(Math.log2(count)) - 1));
  return Math.ceil(count / step) * step;
}
