/** A step of a range test. */
export interface RatePoint {
  readonly rate: number;
  readonly loss: number;
}

/** How the loss goes with the learning rate. */
export interface RateCurve {
  /** The steps' losses, at rates that rise by one factor; a step whose loss was not finite is not among them. */
  readonly points: readonly RatePoint[];
  /** The same, smoothed. */
  readonly smoothed: readonly RatePoint[];
  /** Whether the loss left its course before the last rate. */
  readonly diverged: boolean;
  /** Where the smoothed loss is lowest before it rises for good; absent where it never falls. */
  readonly lowest: RatePoint | undefined;
  /** The last rate before it rises: there the smoothed loss is above the lowest by a tenth of its fall. */
  readonly edge: RatePoint | undefined;
  /** The rate to train with, a sixtieth of the edge's; absent where the loss never falls. */
  readonly suggestion: number | undefined;
}

/** Width of the smoothing: the standard deviation of its weights, as a factor of the rate. */
const WIDTH = 1.6;
/** The loss has left its course above so many times what it was at first. */
const DIVERGED = 4;
/** Steps whose means are compared, so that one batch alone ends no test. */
const BATCHES = 3;
/** A loss that falls by a smaller share does not fall. */
const LEAST_FALL = 0.03;
/** Shares of the fall by which the loss is above the lowest: where it begins to rise, and where its course is lost. */
const RISEN = 0.1;
const LOST = 0.5;
/** How far below the edge the suggestion lies: chosen by `bench/rate-grid.ts`, on three losses. */
const MARGIN = 60;

/** Whether the loss has left its course, so that higher rates need not be tried. */
export function hasDiverged(points: readonly RatePoint[]): boolean {
  if (points.length <= BATCHES) return false;
  return mean(points.slice(-BATCHES)) > DIVERGED * mean(points.slice(0, BATCHES));
}

const mean = (points: readonly RatePoint[]) =>
  points.reduce((sum, { loss }) => sum + loss, 0) / points.length;

/**
 * Smooths the losses of a range test and suggests a rate.
 *
 * @param points At rates that rise by one factor from step to step.
 * @param diverged Whether the test ended before its last rate.
 */
export function rateCurve(points: readonly RatePoint[], diverged: boolean): RateCurve {
  const smoothed = smooth(points);
  const found = basin(smoothed);
  const { lowest, edge } = found ?? {};
  return { points, smoothed, diverged, lowest, edge, suggestion: edge && edge.rate / MARGIN };
}

/**
 * Where the loss is lowest, and where it begins to rise, up to the rate at which half of its fall is lost: what comes after that is
 * no learning, such as a margin loss that falls again once all embeddings have become the same.
 */
function basin(smoothed: readonly RatePoint[]): { lowest: RatePoint; edge: RatePoint } | undefined {
  let [lowest] = smoothed;
  if (lowest === undefined) return undefined;
  const first = lowest.loss;
  let edge = lowest;
  for (const point of smoothed) {
    if (point.loss < lowest.loss) lowest = point;
    const fall = first - lowest.loss;
    if (point.loss <= lowest.loss + RISEN * fall) edge = point;
    if (fall > LEAST_FALL * Math.abs(first) && point.loss > lowest.loss + LOST * fall) break;
  }
  return first - lowest.loss > LEAST_FALL * Math.abs(first) ? { lowest, edge } : undefined;
}

/** Means of neighbours, weighted by a normal distribution over the logarithm of the rate. */
function smooth(points: readonly RatePoint[]): RatePoint[] {
  return points.map(({ rate }) => {
    let [sum, total] = [0, 0];
    for (const { rate: other, loss } of points) {
      const weight = Math.exp(-((Math.log(other / rate) / Math.log(WIDTH)) ** 2) / 2);
      sum += weight * loss;
      total += weight;
    }
    return { rate, loss: sum / total };
  });
}
