import type { FaceSource, ShardSource, SkippedPhoto, SkippedRecord, StreamBatch } from "@amface/data";
import { BatchStream } from "./batch-stream.ts";
import type { CheckpointInfo, Progress, RunFacts } from "./checkpoint.ts";
import { isDivergence } from "./divergence.ts";
import type { PairSets } from "./evaluation/pair-sets.ts";
import { ScoresObserver } from "./evaluation/scores-observer.ts";
import { finishRun } from "./finish-run.ts";
import { FlightRecorder } from "./flight-recorder.ts";
import { totalSteps } from "./learning-rate.ts";
import { rewind } from "./rewind.ts";
import type { RunFolder } from "./run-folder.ts";
import type { RunLock } from "./run-lock.ts";
import { RunObservers } from "./run-observer.ts";
import { RunWriter } from "./run-writer.ts";
import { TensorboardObserver } from "./tensorboard/tensorboard-observer.ts";
import type { TrainOptions, TrainStart } from "./train.ts";
import type { TrainConfig } from "./train-config.ts";
import { type EpochMetrics, epochMetrics, type LoopEnd, type StepMetrics, trainLoop } from "./train-loop.ts";
import type { TrainState } from "./train-state.ts";
import type { TrainSummary } from "./train-summary.ts";
import { sizes, stepsPerEpoch } from "./training-data.ts";

/** What a process needs to train in a run's folder. */
export interface Session {
  readonly config: TrainConfig;
  readonly run: RunFolder;
  readonly lock: RunLock;
  /** The photos that are trained on. */
  readonly source: FaceSource | ShardSource;
  readonly heldOutIdentities: number;
  /** What is evaluated at the ends of epochs. */
  readonly sets: PairSets;
  readonly facts: RunFacts;
  readonly state: TrainState;
  readonly options: TrainOptions;
}

/** Where a run stands when a leg begins. */
type LegStart = Pick<CheckpointInfo, "progress" | "rewinds" | "observers" | "interim">;

const BEGINNING: LegStart = {
  progress: { step: 0, epoch: 0, batchInEpoch: 0, pass: 0, batchInPass: 0, seconds: 0 },
};

/** How a leg ended. */
interface LegEnd extends LoopEnd {
  readonly checkpoint: string;
  /** Means of the last epoch, unless the run has none. */
  readonly last: EpochMetrics | undefined;
}

/** Trains from a checkpoint or the beginning on, and writes what the run's folder holds. */
export async function trainSession(session: Session, from?: CheckpointInfo): Promise<TrainSummary> {
  const { config, run, source, heldOutIdentities, sets, options } = session;
  const skipped = new Set<string>();
  const onSkip = (photo: SkippedPhoto | SkippedRecord) => {
    skipped.add(photo.path);
    options.onSkip?.(photo);
  };
  const scores = new ScoresObserver({ ...sets, run, onSkip, onScores: options.onScores });
  const events = config.tensorboard ? [new TensorboardObserver(scores)] : [];
  const observers = new RunObservers([scores, ...events, ...(options.observers ?? [])]);
  let start: LegStart = from ?? BEGINNING;
  try {
    const { step } = start.progress;
    const perEpoch = stepsPerEpoch(source, config);
    const steps = { stepsPerEpoch: perEpoch, totalSteps: totalSteps(config, perEpoch), step };
    await options.onStart?.({ config, ...sizes(source), ...steps, evaluated: countPairs(sets) });
    for (;;) {
      const recorder = new FlightRecorder(source.identities, config);
      const { rewinds = [] } = start;
      try {
        const { aborted, ...end } = await trainLeg(session, start, { observers, recorder, onSkip });
        return await finishRun(session, scores, {
          ...end,
          finished: !aborted,
          skippedPhotos: skipped.size,
          rewinds: rewinds.length,
          heldOutIdentities,
          engine: options.engine,
          engineReason: options.engineReason,
        });
      } catch (error) {
        if (!isDivergence(error) || !recorder.hasBatch) throw error;
        start = await rewind(session, error, recorder, rewinds);
      }
    }
  } finally {
    await observers.close();
  }
}

interface LegParts {
  readonly observers: RunObservers;
  readonly recorder: FlightRecorder;
  readonly onSkip: (photo: SkippedPhoto | SkippedRecord) => void;
}

/** Trains from where the state stands to the end of the run, a signal, or a loss that leaves its course. */
async function trainLeg(session: Session, from: LegStart, parts: LegParts): Promise<LegEnd> {
  const { config, run, source, state, options } = session;
  const { observers, recorder, onSkip } = parts;
  const { progress: start, rewinds = [] } = from;
  const { batchSize, imageSize, seed, randomFlip: flip, augment, balance, skipCorrupt } = config;
  const stream = new BatchStream(
    source,
    {
      ...{ batchSize, imageSize, seed, flip, skipCorrupt, onSkip },
      ...(augment && { augment }),
      ...(balance && { balance }),
    },
    { pass: start.pass, batch: start.batchInPass },
    rewinds.flatMap(({ leftOut }) => leftOut),
  );
  const perEpoch = stepsPerEpoch(source, config);
  const interim = from.interim ? start.step : undefined;
  const writer = await RunWriter.open({ ...session, observers, rewinds, interim });
  recorder.recall(writer.earlier);
  const total = totalSteps(config, perEpoch);
  let last = lastEpoch(writer.earlier, start, total);
  const save = async (progress: Progress, isInterim = false) => {
    const { path, isNew } = await writer.save(progress, isInterim);
    if (isNew) await options.onCheckpoint?.(path);
    return path;
  };
  const onStep = async (metrics: StepMetrics, batch: StreamBatch, progress: Progress) => {
    await writer.log(metrics);
    await observers.onStep(metrics, batch);
    await options.onStep?.(metrics);
    recorder.onStep(metrics);
    const due = config.checkpointSteps !== undefined && progress.step % config.checkpointSteps === 0;
    // At the end of an epoch, the checkpoint comes after its evaluation.
    if (due && progress.batchInEpoch < perEpoch && progress.step < total) await save(progress);
  };
  // An evaluation can take long: what it comes after is not lost with it.
  const onLastStep = async (progress: Progress) => {
    if (evaluates(session, progress, total)) await save(progress, true);
  };
  const onEpoch = async (metrics: EpochMetrics, progress: Progress) => {
    last = metrics;
    await observers.onEpoch(metrics);
    const { epoch, step } = progress;
    const due = epoch % config.checkpointEpochs === 0 || step % (config.checkpointSteps ?? step + 1) === 0;
    if (due || observers.pinned().has(step)) await save(progress);
    await options.onEpoch?.(metrics);
  };
  try {
    await observers.start({ config, run, source, state, totalSteps: total }, from.observers);
    // Whether checkpoints can be written is found out before any time is spent.
    if (start.step === 0 && rewinds.length === 0) await save(start);
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
      onStep,
      onLastStep,
      onEpoch,
    });
    return { ...end, checkpoint: await save(end.progress, end.aborted), last };
  } finally {
    await stream.close();
    await writer.close();
  }
}

/** Whether something is evaluated at the end of the epoch in progress. */
function evaluates({ config, sets, options }: Session, { step, epoch }: Progress, total: number): boolean {
  if (options.observers?.some(({ onEpoch }) => onEpoch !== undefined)) return true;
  const due = (epoch + 1) % config.evaluationEpochs === 0 || step >= total;
  return due && (sets.validation !== undefined || sets.tests.length > 0);
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

function countPairs({ validation, tests }: PairSets): TrainStart["evaluated"] {
  const sets = validation === undefined ? tests : [validation, ...tests];
  return Object.fromEntries(
    sets.map(({ name, pairs, skippedPairs }) => [name, { pairs: pairs.length, skippedPairs }]),
  );
}
