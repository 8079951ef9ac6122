/** What every schedule of learning rates can be told. */
interface ScheduleBase {
  /** What times and lengths of the schedule count; `steps` by default. */
  readonly unit?: "steps" | "epochs" | undefined;
  /** In so many units the rate rises on a line from `warmupStart` times itself; 0 by default. */
  readonly warmup?: number | undefined;
  /** In [0, 1]; 0 by default, where the first of n steps has 1/n of the rate. */
  readonly warmupStart?: number | undefined;
}

/**
 * How the learning rate changes during a run; `scheduledRate` has the formulas. `factor` is 0.1 by default, `power` and
 * `every` 1; `endRate`, where a polynomial or cosine ends, is 0; both end with the run, or after `length` units.
 */
export type RateSchedule = ScheduleBase &
  (
    | { readonly type: "constant" }
    | { readonly type: "step"; readonly milestones: readonly number[]; readonly factor?: number | undefined }
    | {
        readonly type: "exponential";
        readonly factor?: number | undefined;
        readonly every?: number | undefined;
      }
    | ({ readonly type: "polynomial"; readonly power?: number | undefined } & ScheduleEnd)
    | ({ readonly type: "cosine" } & ScheduleEnd)
  );

interface ScheduleEnd {
  readonly endRate?: number | undefined;
  readonly length?: number | undefined;
}

/** Where a run stands and how far it goes. */
export interface RunClock {
  /** Steps done. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  /** Steps of the whole run. */
  readonly totalSteps: number;
}

/**
 * The learning rate of the next step, with rate r, time t and warm-up w in the schedule's unit:
 *
 * - `constant`: r
 * - `step`: r · factor^n, n being the milestones that t has reached
 * - `exponential`: r · factor^((t − w) / every)
 * - `polynomial`: end + (r − end) · (1 − p)^power, where p = (t − w) / (length − w), at most 1
 * - `cosine`: end + (r − end) · (1 + cos πp) / 2 (arXiv:1608.03983, eq. 5, without restarts)
 *
 * While t < w, it is r · (start + (1 − start) · t′/w) with t′ the time after the step.
 */
export function scheduledRate(rate: number, schedule: RateSchedule, clock: RunClock): number {
  const { unit = "steps", warmup = 0, warmupStart = 0 } = schedule;
  const steps = unit === "steps" ? 1 : clock.stepsPerEpoch;
  const time = clock.step / steps;
  if (time < warmup) {
    return rate * (warmupStart + (1 - warmupStart) * Math.min(1, (clock.step + 1) / steps / warmup));
  }
  if (schedule.type === "constant") return rate;
  if (schedule.type === "step") {
    const { milestones, factor = 0.1 } = schedule;
    return rate * factor ** milestones.filter((milestone) => milestone <= time).length;
  }
  if (schedule.type === "exponential") {
    const { factor = 0.1, every = 1 } = schedule;
    return rate * factor ** ((time - warmup) / every);
  }
  const { endRate = 0, length = clock.totalSteps / steps } = schedule;
  const share = length > warmup ? Math.min(1, (time - warmup) / (length - warmup)) : 1;
  const left =
    schedule.type === "cosine" ? (1 + Math.cos(Math.PI * share)) / 2 : (1 - share) ** (schedule.power ?? 1);
  return endRate + (rate - endRate) * left;
}
