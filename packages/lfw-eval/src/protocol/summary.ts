/** Mean over folds and how far to trust it. */
export interface Summary {
  readonly mean: number;
  /** Population standard deviation over folds (divided by K), as LFW results are published. */
  readonly std: number;
  /** Standard error of the mean: the sample standard deviation (divided by K − 1) over √K. */
  readonly standardError: number;
  /**
   * 95 % interval of the mean by Student's t with K − 1 degrees of freedom, kept within 0..1. It takes folds
   * for independent, which they are not quite: they share the pairs that chose their thresholds.
   */
  readonly ci95: readonly [number, number];
}

/** @param rates Values in 0..1. A single one says nothing of its spread: its error is NaN, its interval all of 0..1. */
export function summarize(rates: readonly number[]): Summary {
  const { mean, std } = meanAndStd(rates);
  if (rates.length < 2) return { mean, std, standardError: Number.NaN, ci95: [0, 1] };
  const standardError = std / Math.sqrt(rates.length - 1);
  const half = studentQuantile975(rates.length - 1) * standardError;
  return { mean, std, standardError, ci95: [Math.max(0, mean - half), Math.min(1, mean + half)] };
}

/** Mean and population standard deviation. */
export function meanAndStd(values: readonly number[]): { mean: number; std: number } {
  const average = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const mean = average(values);
  return { mean, std: Math.sqrt(average(values.map((value) => (value - mean) ** 2))) };
}

/** The value that Student's t exceeds with a probability of 2.5 %, by bisection. */
export function studentQuantile975(degrees: number): number {
  let [low, high] = [0, 13]; // 12.7 with one degree of freedom, less with more
  while (high - low > 1e-10) {
    const middle = (low + high) / 2;
    if (shareWithin(middle, degrees) < 0.95) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * Probability of |T| < t for whole degrees of freedom: the finite sums of Abramowitz and Stegun, 26.7.3 and
 * 26.7.4.
 */
function shareWithin(t: number, degrees: number): number {
  const angle = Math.atan(t / Math.sqrt(degrees));
  const odd = degrees % 2 === 1;
  let term = odd ? Math.cos(angle) : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let n = odd ? 3 : 2; n < degrees; n += 2) {
    term *= ((n - 1) / n) * Math.cos(angle) ** 2;
    sum += term;
  }
  return odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
}

/** Wilson's 95 % interval of a share, `count` out of `total` independent cases; 0 to 1 where there are none. */
export function wilson(count: number, total: number): readonly [number, number] {
  if (total === 0) return [0, 1];
  const z = 1.959964; // the 97.5 % quantile of the standard normal distribution
  const share = count / total;
  const middle = share + (z * z) / (2 * total);
  const half = z * Math.sqrt((share * (1 - share)) / total + (z / (2 * total)) ** 2);
  const scale = 1 + (z * z) / total;
  return [
    count === 0 ? 0 : Math.max(0, (middle - half) / scale),
    count === total ? 1 : Math.min(1, (middle + half) / scale),
  ];
}
