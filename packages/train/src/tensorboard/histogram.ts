/**
 * A histogram as TensorBoard stores it. The first bucket and the last hold values: TensorBoard draws the first from `min`
 * and the last to `max`, which must not lie beyond their other edges.
 */
export interface Histogram {
  readonly min: number;
  readonly max: number;
  /** How many values there are. */
  readonly num: number;
  readonly sum: number;
  readonly sumSquares: number;
  /** The upper edge of each bucket, rising. */
  readonly limits: readonly number[];
  /** How many values each bucket holds. */
  readonly counts: readonly number[];
}

export interface HistogramOptions {
  /** Lower edge of the first bucket (default: the smallest value). */
  readonly from?: number;
  /** Upper edge of the last bucket (default: the largest value). */
  readonly to?: number;
  /** Number of buckets of equal width (default 30). */
  readonly buckets?: number;
}

/**
 * Counts values in buckets of equal width. Values outside `from` to `to` count in the outermost bucket on their side.
 * Empty buckets before the first value and behind the last are left out.
 *
 * @param values At least one, all finite.
 * @throws {RangeError} When there are no values, one is not finite, or the edges do not rise.
 */
export function histogram(values: ArrayLike<number>, options: HistogramOptions = {}): Histogram {
  let [min, max, sum, sumSquares] = [Infinity, -Infinity, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!Number.isFinite(value)) fail("finite values", `${value} at ${i}`);
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    sumSquares += value * value;
  }
  if (values.length === 0) fail("at least one value", "none");
  const { from = min, to = max, buckets = 30 } = options;
  // One value has no width: its only bucket ends there.
  if (from === to)
    return { min, max, num: values.length, sum, sumSquares, limits: [to], counts: [values.length] };
  if (!(from < to && Number.isInteger(buckets) && buckets > 0)) {
    fail("edges that rise and one bucket or more", `${from} to ${to} in ${buckets}`);
  }
  const counts = new Array<number>(buckets).fill(0);
  for (let i = 0; i < values.length; i++) {
    const bucket = Math.floor(((values[i] - from) / (to - from)) * buckets);
    counts[Math.max(0, Math.min(buckets - 1, bucket))]++;
  }
  const limits = counts.map((_, bucket) => from + ((to - from) * (bucket + 1)) / buckets);
  const held = [counts.findIndex((count) => count > 0), counts.findLastIndex((count) => count > 0) + 1];
  const moments = { min, max, num: values.length, sum, sumSquares };
  return { ...moments, limits: limits.slice(...held), counts: counts.slice(...held) };
}

function fail(expected: string, got: string): never {
  throw new RangeError(`Cannot make a histogram: expected ${expected}, got ${got}`);
}
