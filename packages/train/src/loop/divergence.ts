import { NonFiniteStateError } from "../run/checkpoint.ts";
import { NonFiniteLossError } from "../step/non-finite-loss-error.ts";

/** Steps whose median loss a new loss is compared with; the flight record holds as many. */
export const WINDOW = 50;
/** Fewer steps than these tell nothing. */
const LEAST = 25;
/** In nats: losses below vary by large factors from batch to batch. */
const SMALL_LOSS = 1;

/** When a loss counts as exploding. */
export interface ExplosionRule {
  /** How many times the median of the steps before. */
  readonly explosionFactor: number;
  /** In how many steps running. */
  readonly explosionSteps: number;
}

/** A loss that has left its course; the update of its last step is made. */
export class LossExplosionError extends Error {
  override readonly name = "LossExplosionError";
  readonly step: number;
  readonly loss: number;
  readonly median: number;

  constructor(
    step: number,
    loss: number,
    median: number,
    { explosionFactor, explosionSteps }: ExplosionRule,
  ) {
    super(
      `Cannot go on after training step ${step}: expected a loss near ${median.toPrecision(4)}, the median of the steps ` +
        `before, got ${loss.toPrecision(4)}, for ${explosionSteps} steps over ${explosionFactor} times as much and over all before; ` +
        "lower the learning rate",
    );
    this.step = step;
    this.loss = loss;
    this.median = median;
  }
}

/**
 * The median that the losses have left: where each of the last `explosionSteps` losses is above all of up to 50 losses
 * before them (25 or more), and above `explosionFactor` times their median, a median below 1 nat counting as 1. A hard
 * batch now and then is none, nor are small batches whose losses jump up and down.
 *
 * @param losses Of the steps so far, in their order.
 * @returns `undefined` while they have not.
 */
export function explodedFrom(
  losses: readonly number[],
  { explosionFactor, explosionSteps }: ExplosionRule,
): number | undefined {
  const before = losses.slice(0, -explosionSteps).slice(-WINDOW);
  if (before.length < LEAST) return undefined;
  const sorted = before.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  const limit = Math.max(explosionFactor * Math.max(median, SMALL_LOSS), sorted[sorted.length - 1]);
  return losses.slice(-explosionSteps).every((loss) => loss > limit) ? median : undefined;
}

export type Divergence = NonFiniteLossError | LossExplosionError | NonFiniteStateError;

export function isDivergence(error: unknown): error is Divergence {
  return [NonFiniteLossError, LossExplosionError, NonFiniteStateError].some((kind) => error instanceof kind);
}
