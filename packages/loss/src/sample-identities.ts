import { requireIdentities } from "./expect.ts";

export interface SampleOptions {
  /** Share of all identities that a step uses, in (0, 1]; those of the batch are always among them. */
  readonly rate: number;
  readonly seed: number;
  /** The training step: each draws others. */
  readonly step: number;
}

/**
 * The identities of a step of Partial FC (arXiv:2203.15565, section 3.2): all of the batch, and of the others a random
 * part, without repetition, so that all together are `rate · N`, rounded, or those of the batch if these are more.
 *
 * @param labels Identities of the batch, in 0..N-1.
 * @param identities N.
 * @returns Their numbers in rising order; the same for the same labels, seed and step.
 * @throws {RangeError} When a label or the rate is out of its range.
 */
export function sampleIdentities(
  labels: ArrayLike<number>,
  identities: number,
  { rate, seed, step }: SampleOptions,
): Int32Array {
  requireIdentities("sample", identities);
  if (!(rate > 0 && rate <= 1)) {
    throw new RangeError(`Cannot sample identities: expected a rate in (0, 1], got ${rate}`);
  }
  const positives = Int32Array.from(new Set(Array.from(labels))).sort();
  const wrong = positives.find((label) => label < 0 || label >= identities);
  if (wrong !== undefined) {
    throw new RangeError(`Cannot sample identities: expected labels in 0..${identities - 1}, got ${wrong}`);
  }
  const others = identities - positives.length;
  const count = Math.min(others, Math.max(0, Math.round(rate * identities) - positives.length));
  // Negatives are drawn by their rank among all that are not positive; each positive before one moves it up.
  const ranks = distinct(others, count, generator(seed, step));
  const negatives = ranks.sort();
  const sample = new Int32Array(positives.length + count);
  for (let n = 0, p = 0, at = 0; at < sample.length; at++) {
    const negative = n < count ? negatives[n] + p : Number.POSITIVE_INFINITY;
    if (p < positives.length && positives[p] <= negative) sample[at] = positives[p++];
    else {
      sample[at] = negative;
      n++;
    }
  }
  return sample;
}

/** `count` different integers below `end` (R. W. Floyd's method, CACM 30(9), 1987). */
function distinct(end: number, count: number, next: () => number): Int32Array {
  const chosen = new Set<number>();
  for (let last = end - count; last < end; last++) {
    const drawn = Math.floor(next() * (last + 1));
    chosen.add(chosen.has(drawn) ? last : drawn);
  }
  return Int32Array.from(chosen);
}

/**
 * Numbers in [0, 1), the same for the same seed and step on every machine: a counter through the finaliser of
 * MurmurHash3.
 *
 * @param skipped How many of them to leave out at the start.
 */
export function generator(seed: number, step: number, skipped = 0): () => number {
  let state = (mix(mix(seed | 0) ^ (step | 0)) + Math.imul(0x9e3779b9, skipped)) | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    return (mix(state) >>> 0) / 2 ** 32;
  };
}

function mix(value: number): number {
  let h = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
