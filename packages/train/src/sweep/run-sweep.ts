import type { EpochScores } from "../evaluation/score.ts";
import { chosenOf } from "../evaluation/score.ts";
import type { SweepPlan, SweepRun } from "./sweep-plan.ts";

/** How far a run of a sweep is. */
export interface RunStanding {
  /** Whether its last epoch is done, or it ended early by itself. */
  readonly finished: boolean;
  /** Whole epochs done. */
  readonly epochs: number;
  /** Scores of its evaluations, oldest first. */
  readonly history: readonly EpochScores[];
  /** Why it cannot go on, where it cannot. */
  readonly failure?: string | undefined;
}

/** What came of a run of a sweep. */
export interface SweepOutcome extends SweepRun, RunStanding {
  /** The rung after which others were better, in epochs. */
  readonly endedAt?: number;
}

export interface SweepOptions {
  /** Runs at a time (default 1). */
  readonly jobs?: number;
  /**
   * Trains a run until it has so many epochs behind it, or to its end, from wherever it stands; returns at once where it is
   * that far. Called for every run and rung, whatever an earlier sweep has done. When the signal is given, which an error of
   * another training does too, it stops and returns what is done.
   */
  readonly trainTo: (run: SweepRun, epochs: number | undefined, signal: AbortSignal) => Promise<RunStanding>;
  /** Told which runs go on after a rung. */
  readonly onRung?: (epochs: number, kept: readonly SweepRun[], ended: readonly SweepRun[]) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Trains the runs of a sweep. With halving, all go to the first rung, the best `1/eta` of them by the score of held-out people to
 * the next, and so on; the last one to its end. What is decided depends on the scores up to a rung alone, so that a sweep
 * that was stopped comes to the same.
 *
 * @returns Best first; runs that ended after a later rung before those that ended after an earlier one.
 * @throws What `trainTo` threw first, once the other trainings have stopped.
 */
export async function runSweep({ runs, halving }: SweepPlan, options: SweepOptions): Promise<SweepOutcome[]> {
  const { jobs = 1, trainTo, onRung, signal } = options;
  const failing = new AbortController();
  const stop = signal ? AbortSignal.any([signal, failing.signal]) : failing.signal;
  const standings = new Map<SweepRun, SweepOutcome>();
  let alive = [...runs];
  for (let epochs = halving?.epochs ?? Number.POSITIVE_INFINITY; ; epochs *= halving?.eta ?? 1) {
    const until = alive.length > 1 && Number.isFinite(epochs) ? epochs : undefined;
    await inTurns(alive, jobs, async (run) => {
      if (stop.aborted) return;
      try {
        standings.set(run, { ...run, ...(await trainTo(run, until, stop)) });
      } catch (error) {
        failing.abort(error);
      }
    });
    failing.signal.throwIfAborted();
    if (signal?.aborted || until === undefined) break;
    const ranked = alive.toSorted((a, b) => better(standings.get(a)!, standings.get(b)!, until));
    if (ranked.every((run) => hasEnded(standings.get(run)!))) break;
    alive = ranked.slice(0, Math.max(1, Math.floor(alive.length / halving!.eta)));
    const ended = ranked.slice(alive.length);
    for (const run of ended) standings.set(run, { ...standings.get(run)!, endedAt: until });
    onRung?.(until, alive, ended);
  }
  const last = ({ endedAt = Number.POSITIVE_INFINITY }: SweepOutcome) => endedAt;
  return [...standings.values()].sort((a, b) => last(b) - last(a) || better(a, b, last(a)));
}

const hasEnded = ({ finished, failure }: RunStanding) => finished || failure !== undefined;

/** Negative where the score that a's model would have after so many epochs is better than b's; a run that failed comes last. */
function better(a: RunStanding, b: RunStanding, epochs: number): number {
  const failed = Number(a.failure !== undefined) - Number(b.failure !== undefined);
  if (failed !== 0) return failed;
  const [x, y] = [a, b].map(({ history }) => chosenOf(history.filter((scores) => scores.epoch <= epochs)));
  const [one = [-1, -1], other = [-1, -1]] = [x, y].map(
    (scores) => scores?.validation && [scores.validation.accuracy.mean, scores.validation.auc],
  );
  return other[0] - one[0] || other[1] - one[1];
}

/** Does the work for each item, so many at a time, in their order. */
async function inTurns<T>(
  items: readonly T[],
  jobs: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: jobs }, worker));
}
