/** `slope · batch + offset`, in integers. */
export interface Line {
  readonly slope: number;
  readonly offset: number;
}

/** The line in integers that goes through the sizes at all batches, if there is one. */
export function line(batches: readonly number[], sizes: readonly number[]): Line | undefined {
  const other = batches.findIndex((batch) => batch !== batches[0]);
  const slope = other < 0 ? 0 : (sizes[other] - sizes[0]) / (batches[other] - batches[0]);
  const offset = sizes[0] - slope * batches[0];
  const fits = Number.isInteger(slope) && batches.every((batch, i) => slope * batch + offset === sizes[i]);
  return fits ? { slope, offset } : undefined;
}

/** How a model's description writes a size: `batch`, `2*batch+1`, or a number. */
export function dimension({ slope, offset }: Line, batch: string): number | string {
  if (slope === 0) return offset;
  const product = slope === 1 ? batch : `${slope}*${batch}`;
  if (offset === 0) return product;
  return `${product}${offset > 0 ? "+" : ""}${offset}`;
}

/** float32 rounds to 6e-8. */
const ROUNDING = 2e-7;

/** The `factor · batch`, or `factor / batch`, that gives the values at all batches, if there is one. */
export function rate(
  batches: readonly number[],
  values: readonly number[],
): { factor: number; inverse: boolean } | undefined {
  for (const inverse of [false, true]) {
    const times = (value: number, batch: number) => (inverse ? value * batch : value / batch);
    const factor = times(values[0], batches[0]);
    const fits = batches.every(
      (batch, i) => Math.abs(times(values[i], batch) - factor) <= ROUNDING * Math.abs(factor),
    );
    if (fits) return { factor, inverse };
  }
  return undefined;
}
