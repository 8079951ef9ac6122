import { parseSchedule, type SchedulePoint } from "./epoch-schedule.ts";
import { type RateSchedule, scheduledRate } from "./rate-schedule.ts";
import type { TrainConfig } from "./train-config.ts";

type Length = Pick<TrainConfig, "maxNrofEpochs" | "maxSteps" | "learningRateSchedule">;

type Rates = Length &
  Pick<TrainConfig, "learningRate" | "learningRateDecayEpochs" | "learningRateDecayFactor"> & {
    readonly schedule?: RateSchedule | undefined;
  };

/** How many steps a run makes: to its last epoch, `maxSteps`, or where its schedule says stop, whichever is first. */
export function totalSteps(
  {
    maxNrofEpochs = Number.POSITIVE_INFINITY,
    maxSteps = Number.POSITIVE_INFINITY,
    learningRateSchedule,
  }: Length,
  stepsPerEpoch: number,
): number {
  const points = learningRateSchedule === undefined ? [] : pointsOf(learningRateSchedule);
  const stop = points.find(({ rate }) => rate === undefined)?.epoch ?? Number.POSITIVE_INFINITY;
  return Math.min(maxSteps, stepsPerEpoch * Math.min(maxNrofEpochs, stop));
}

/**
 * The learning rate of the step that follows `step` steps: `schedule`'s; or by epochs, counted from 0,
 * `learningRateSchedule`'s; or else `learningRate · factor^⌊epoch / decayEpochs⌋`.
 *
 * @returns `undefined` where `learningRateSchedule` has ended the training.
 */
export function learningRateAt(step: number, rates: Rates, stepsPerEpoch: number): number | undefined {
  const { learningRate, schedule, learningRateSchedule } = rates;
  const epoch = Math.floor(step / stepsPerEpoch);
  if (learningRateSchedule !== undefined) {
    return pointsOf(learningRateSchedule).findLast((point) => point.epoch <= epoch)?.rate;
  }
  if (learningRate === undefined)
    throw new RangeError(
      "Cannot tell a learning rate: expected learningRate or learningRateSchedule, got neither",
    );
  if (schedule) {
    const clock = { step, stepsPerEpoch, totalSteps: totalSteps(rates, stepsPerEpoch) };
    return scheduledRate(learningRate, schedule, clock);
  }
  return learningRate * rates.learningRateDecayFactor ** Math.floor(epoch / rates.learningRateDecayEpochs);
}

let last: { readonly text: string; readonly points: readonly SchedulePoint[] } | undefined;

/** A schedule's points. The last one's are kept, as a run asks for its own in every step. */
function pointsOf(text: string): readonly SchedulePoint[] {
  if (last?.text !== text) last = { text, points: parseSchedule(text) };
  return last.points;
}

/** A value that rises, or falls, on a line from `from` at step 0 to `to` at step `steps`, and stays there. */
export function warmedUp(
  step: number,
  { from, to, steps }: { from: number; to: number; steps: number },
): number {
  return step >= steps ? to : from + ((to - from) * step) / steps;
}
