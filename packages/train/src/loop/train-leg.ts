import { join } from "node:path";
import type { SkippedPhoto, SkippedRecord, StreamBatch } from "@amface/data";
import { totalSteps } from "../config/learning-rate.ts";
import { BatchStream } from "../photos/batch-stream.ts";
import { stepsPerEpoch } from "../photos/training-data.ts";
import { type CheckpointInfo, checkpointName, type Progress } from "../run/checkpoint.ts";
import type { RunFolder } from "../run/run-folder.ts";
import type { RunObservers } from "../run/run-observer.ts";
import { RunWriter, type WrittenRun } from "../run/run-writer.ts";
import type { FlightRecorder } from "./flight-recorder.ts";
import { type EpochMetrics, epochMetrics, type LoopEnd, type StepMetrics, trainLoop } from "./train-loop.ts";
import type { Session } from "./train-session.ts";

/** Where a run stands when a leg begins. */
export type LegStart = Pick<CheckpointInfo, "progress" | "rewinds" | "observers" | "interim">;

export const BEGINNING: LegStart = {
  progress: { step: 0, epoch: 0, batchInEpoch: 0, pass: 0, batchInPass: 0, seconds: 0 },
};

/** How a leg ended. */
export interface LegEnd extends LoopEnd {
  readonly checkpoint: string;
  /** Means of the last epoch, unless the run has none. */
  readonly last: EpochMetrics | undefined;
}

interface LegParts {
  readonly observers: RunObservers;
  readonly recorder: FlightRecorder;
  readonly onSkip: (photo: SkippedPhoto | SkippedRecord) => void;
}

/** Trains from where the state stands to the end of the run, a signal, or a loss that leaves its course. */
export async function trainLeg(session: Session, from: LegStart, parts: LegParts): Promise<LegEnd> {
  const { config, run, source, state, options } = session;
  const { observers, recorder } = parts;
  const { progress: start, rewinds = [] } = from;
  const perEpoch = stepsPerEpoch(source, config);
  const total = totalSteps(config, perEpoch);
  const stream = streamOf(session, from, parts);
  const writer = await RunWriter.open({ ...session, observers, rewinds, from: checkpointOf(run, from) });
  const hooks = new LegHooks(session, parts, writer, { perEpoch, total });
  recorder.recall(writer.earlier);
  try {
    await observers.start({ config, run, source, state, totalSteps: total }, from.observers);
    // Whether checkpoints can be written is found out before any time is spent.
    if (start.step === 0 && rewinds.length === 0) await hooks.save(start);
    const end = await trainLoop({
      config,
      state,
      stream,
      stepsPerEpoch: perEpoch,
      rateFactor: 0.5 ** rewinds.length,
      start,
      earlier: writer.earlier.filter(({ epoch }) => epoch === start.epoch),
      signal: options.signal,
      observes: (step) => observers.observes(step),
      onBatch: (batch, at) => recorder.onBatch(state.step + 1, batch, at),
      onStep: (...args) => hooks.onStep(...args),
      onLastStep: (progress) => hooks.onLastStep(progress),
      onEpoch: (...args) => hooks.onEpoch(...args),
    });
    const checkpoint = await hooks.save(end.progress, end.aborted);
    return { ...end, checkpoint, last: hooks.last ?? lastEpoch(writer.earlier, start, total) };
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

function streamOf({ config, source }: Session, { progress, rewinds = [] }: LegStart, { onSkip }: LegParts) {
  const { batchSize, imageSize, seed, randomFlip: flip, augment, balance, skipCorrupt } = config;
  const options = {
    ...{ batchSize, imageSize, seed, flip, skipCorrupt, onSkip },
    ...(augment && { augment }),
    ...(balance && { balance }),
  };
  const leftOut = rewinds.flatMap((rewind) => rewind.leftOut);
  return new BatchStream(source, options, { pass: progress.pass, batch: progress.batchInPass }, leftOut);
}

/** What happens after the steps and epochs of a leg. */
class LegHooks {
  readonly #session: Session;
  readonly #parts: LegParts;
  readonly #writer: RunWriter;
  readonly #steps: { readonly perEpoch: number; readonly total: number };
  /** Means of the last epoch that ended in this leg. */
  last: EpochMetrics | undefined;

  constructor(
    session: Session,
    parts: LegParts,
    writer: RunWriter,
    steps: { readonly perEpoch: number; readonly total: number },
  ) {
    this.#session = session;
    this.#parts = parts;
    this.#writer = writer;
    this.#steps = steps;
  }

  /** Saves a checkpoint, unless this step's is there. */
  async save(progress: Progress, isInterim = false): Promise<string> {
    const { path, isNew } = await this.#writer.save(progress, isInterim);
    if (isNew) await this.#session.options.onCheckpoint?.(path);
    return path;
  }

  async onStep(metrics: StepMetrics, batch: StreamBatch, progress: Progress): Promise<void> {
    const { config, options } = this.#session;
    await this.#writer.log(metrics);
    await this.#parts.observers.onStep(metrics, batch);
    await options.onStep?.(metrics);
    this.#parts.recorder.onStep(metrics);
    const due = config.checkpointSteps !== undefined && progress.step % config.checkpointSteps === 0;
    // At the end of an epoch, the checkpoint comes after its evaluation.
    const { perEpoch, total } = this.#steps;
    if (due && progress.batchInEpoch < perEpoch && progress.step < total) await this.save(progress);
  }

  /** An evaluation can take long: what it comes after is not lost with it. */
  async onLastStep(progress: Progress): Promise<void> {
    if (this.#evaluates(progress)) await this.save(progress, true);
  }

  async onEpoch(metrics: EpochMetrics, progress: Progress): Promise<void> {
    const { config, options } = this.#session;
    const { observers } = this.#parts;
    this.last = metrics;
    await observers.onEpoch(metrics);
    const { epoch, step } = progress;
    const due = epoch % config.checkpointEpochs === 0 || step % (config.checkpointSteps ?? step + 1) === 0;
    if (due || observers.pinned().has(step)) await this.save(progress);
    await options.onEpoch?.(metrics);
  }

  /** Whether something is evaluated at the end of the epoch in progress. */
  #evaluates({ step, epoch }: Progress): boolean {
    const { config, sets, options } = this.#session;
    if (options.observers?.some(({ onEpoch }) => onEpoch !== undefined)) return true;
    const due = (epoch + 1) % config.evaluationEpochs === 0 || step >= this.#steps.total;
    return due && (sets.validation !== undefined || sets.tests.length > 0);
  }
}

/** The means of the last epoch that earlier sessions ended: of a run that is at its end, one that is not whole too. */
function lastEpoch(
  earlier: readonly StepMetrics[],
  { step, epoch, batchInEpoch }: Progress,
  total: number,
): EpochMetrics | undefined {
  const last = step >= total && batchInEpoch > 0 ? epoch : epoch - 1;
  const steps = earlier.filter((metrics) => metrics.epoch === last);
  return steps.length === 0 ? undefined : epochMetrics(steps);
}
