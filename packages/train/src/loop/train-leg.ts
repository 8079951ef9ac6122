import { join } from "node:path";
import type { SkippedPhoto, SkippedRecord } from "@amface/data";
import { totalSteps } from "../config/learning-rate.ts";
import { stepsPerEpoch } from "../photos/training-data.ts";
import { checkpointName } from "../run/checkpoint.ts";
import type { CheckpointInfo, Progress } from "../run/checkpoint-info.ts";
import { writeInitialWeights } from "../run/initial-weights.ts";
import type { RunFolder } from "../run/run-folder.ts";
import type { RunObservers } from "../run/run-observer.ts";
import { RunWriter, type WrittenRun } from "../run/run-writer.ts";
import { type EpochMetrics, epochMetrics, type StepRecord } from "../step/step-metrics.ts";
import type { TrainStream } from "../teacher/taught-stream.ts";
import { epochCheckpointIsDue, evaluatesAtEnd, stepCheckpointIsDue } from "./checkpoints-due.ts";
import { announceState, saveHead } from "./command.ts";
import type { FlightRecorder } from "./flight-recorder.ts";
import { ownStream } from "./own-stream.ts";
import type { Session } from "./session.ts";
import { SharedStream } from "./shared-stream.ts";
import { steps } from "./steps.ts";

/** Where a run stands when a leg begins. */
export type LegStart = Pick<CheckpointInfo, "progress" | "rewinds" | "observers" | "interim" | "head">;

export const BEGINNING: LegStart = {
  progress: { step: 0, epoch: 0, batchInEpoch: 0, pass: 0, batchInPass: 0, seconds: 0 },
};

/** How a leg ended. */
export interface LegEnd {
  readonly progress: Progress;
  /** False where a signal or `untilEpoch` ended it, and not its last epoch or an observer. */
  readonly finished: boolean;
  /** Whether an observer ended it before its last step. */
  readonly stoppedEarly: boolean;
  /** The newest checkpoint. */
  readonly checkpoint: string;
  /** Means of the last epoch, unless the run has none. */
  readonly last: EpochMetrics | undefined;
}

/** Who watches a leg. */
interface LegWatchers {
  readonly observers: RunObservers;
  readonly recorder: FlightRecorder;
  readonly onSkip: (photo: SkippedPhoto | SkippedRecord) => void;
}

/** Trains from where the state stands to the end of the run, a signal, or a loss that leaves its course. */
export async function trainLeg(session: Session, from: LegStart, watchers: LegWatchers): Promise<LegEnd> {
  const { config, run, source, state, processes, options } = session;
  const { observers, recorder, onSkip } = watchers;
  const { progress: start, rewinds = [] } = from;
  const perEpoch = stepsPerEpoch(source, config);
  const total = totalSteps(config, perEpoch);
  const stopped = new AbortController();
  const stream = streamOf(session, from, onSkip, () => stopped.abort());
  const writer = await RunWriter.open({
    ...{ ...session, observers, rewinds, from: checkpointOf(run, from) },
    saveHead: (step) => saveHead(processes, state, run.checkpoints, step),
  });
  const { earlier } = writer;
  const save = async (progress: Progress, isInterim = false) => {
    const saved = await writer.save(progress, isInterim);
    if (saved.isNew) await options.onCheckpoint?.(saved.path);
    return saved;
  };
  let progress = start;
  let last = lastEpoch(earlier, start, total);
  recorder.recall(earlier);
  try {
    await observers.start({ config, run, source, state, totalSteps: total }, from.observers);
    // Whether checkpoints can be written is found out before any time is spent.
    const { head: digests } = from;
    if (start.step === 0 && rewinds.length === 0) {
      const { head = digests } = await save(start);
      await writeInitialWeights(run, state, head);
    }
    await announceState(processes, state, digests && { folder: run.checkpoints, step: start.step, digests });
    const training = {
      ...{
        config,
        state,
        stream,
        processes,
        stepsPerEpoch: perEpoch,
        rateFactor: 0.5 ** rewinds.length,
        start,
      },
      observes: (step: number) => observers.observes(step),
      earlier: earlier.filter(({ epoch }) => epoch === start.epoch),
    };
    const signal = AbortSignal.any([stopped.signal, ...(options.signal ? [options.signal] : [])]);
    let ends = !start.ending && observers.ends();
    const { untilEpoch = Number.POSITIVE_INFINITY } = options;
    const pauses = () => progress.epoch >= untilEpoch;
    for await (const event of ends || pauses() ? [] : steps(training, signal)) {
      progress = event.progress;
      if (event.kind === "batch") recorder.onBatch(state.step + 1, event.batch, event.at);
      else if (event.kind === "step") {
        const { metrics, batch } = event;
        await writer.log(metrics, batch);
        await observers.onStep(metrics, batch);
        await options.onStep?.(metrics);
        recorder.onStep(metrics);
        if (stepCheckpointIsDue(config, progress, perEpoch, total)) await save(progress);
      } else if (event.kind === "lastStep") {
        // An evaluation can take long: what it comes after is not lost with it.
        if (evaluatesAtEnd(session, progress, total)) await save(progress, true);
      } else {
        last = event.metrics;
        await observers.onEpoch(last);
        if (epochCheckpointIsDue(config, progress) || observers.pinned().has(progress.step))
          await save(progress);
        await options.onEpoch?.(last);
        ends = observers.ends();
        if (ends || pauses()) break;
      }
    }
    const stoppedEarly = ends && progress.step < total;
    const finished = stoppedEarly || (progress.step >= total && !progress.ending);
    const { path: checkpoint } = await save(progress, !finished);
    return { progress, finished, stoppedEarly, checkpoint, last };
  } finally {
    await stream.close();
    await writer.close();
  }
}

function checkpointOf(run: RunFolder, from: LegStart): WrittenRun["from"] {
  if (from === BEGINNING) return undefined;
  const { step } = from.progress;
  return { step, path: join(run.checkpoints, checkpointName(step)), interim: from.interim ?? false };
}

/** @param stop Called where another process was told to stop. */
function streamOf(
  session: Session,
  { progress, rewinds = [] }: LegStart,
  onSkip: LegWatchers["onSkip"],
  stop: () => void,
): TrainStream {
  const { processes } = session;
  const leftOut = rewinds.flatMap((rewind) => rewind.leftOut);
  const own = ownStream(
    { ...session, onSkip },
    { pass: progress.pass, batch: progress.batchInPass },
    leftOut,
  );
  return processes.size === 1 ? own : new SharedStream(own, processes, stop);
}

/** The means of the last epoch that earlier sessions ended: of a run that is at its end, one that is not whole too. */
function lastEpoch(
  earlier: readonly StepRecord[],
  { step, epoch, batchInEpoch }: Progress,
  total: number,
): EpochMetrics | undefined {
  const last = step >= total && batchInEpoch > 0 ? epoch : epoch - 1;
  const steps = earlier.filter((metrics) => metrics.epoch === last);
  return steps.length === 0 ? undefined : epochMetrics(steps);
}
