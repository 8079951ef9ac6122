import type { FaceSource, ShardSource, SkippedPhoto, SkippedRecord } from "@amface/data";
import { totalSteps } from "../config/learning-rate.ts";
import type { TrainConfig } from "../config/train-config.ts";
import type { PairSets } from "../evaluation/pair-sets.ts";
import { ScoresObserver } from "../evaluation/scores-observer.ts";
import type { TrainSummary } from "../evaluation/train-summary.ts";
import { sizes, stepsPerEpoch } from "../photos/training-data.ts";
import type { CheckpointInfo, RunFacts } from "../run/checkpoint.ts";
import type { RunFolder } from "../run/run-folder.ts";
import type { RunLock } from "../run/run-lock.ts";
import { RunObservers } from "../run/run-observer.ts";
import type { TrainState } from "../step/train-state.ts";
import { TensorboardObserver } from "../tensorboard/tensorboard-observer.ts";
import type { TrainOptions, TrainStart } from "../train.ts";
import { isDivergence } from "./divergence.ts";
import { finishRun } from "./finish-run.ts";
import { FlightRecorder } from "./flight-recorder.ts";
import { rewind } from "./rewind.ts";
import { BEGINNING, type LegStart, trainLeg } from "./train-leg.ts";

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
      const recorder = new FlightRecorder((label) => source.identities[label], config);
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

function countPairs({ validation, tests }: PairSets): TrainStart["evaluated"] {
  const sets = validation === undefined ? tests : [validation, ...tests];
  return Object.fromEntries(
    sets.map(({ name, pairs, skippedPairs }) => [name, { pairs: pairs.length, skippedPairs }]),
  );
}
