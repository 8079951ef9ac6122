import type { SkippedPhoto, SkippedRecord } from "@amface/data";
import type { Communicator } from "@amface/mpi";
import type { TrainConfig } from "../config/train-config.ts";
import type { EpochScores } from "../evaluation/score.ts";
import type { RunObserver } from "../run/run-observer.ts";
import type { EpochMetrics, StepMetrics } from "../step/step-metrics.ts";

/** What a run starts from. */
export interface TrainStart {
  readonly config: TrainConfig;
  readonly identities: number;
  readonly photos: number;
  /** Photos without labels, where there are any. */
  readonly unlabelledPhotos?: number;
  /** Batches an epoch. */
  readonly stepsPerEpoch: number;
  /** Batches of the whole run. */
  readonly totalSteps: number;
  /** Steps that earlier sessions made; 0 for a new run. */
  readonly step: number;
  /** Pairs that the net will be evaluated on, by the name of their set, and how many more a photo is missing of. */
  readonly evaluated: Readonly<Record<string, { readonly pairs: number; readonly skippedPairs: number }>>;
}

export interface TrainOptions {
  /** Folder of the run; made where it is missing. */
  readonly runDir: string;
  /** Go on from the newest checkpoint in `runDir`, exactly as if the run had not stopped there. */
  readonly resume?: boolean;
  /** Ends the run after the step in progress, with a checkpoint to resume from. */
  readonly signal?: AbortSignal;
  /**
   * Ends the session where the run has so many epochs behind it, with a checkpoint to resume from. The run's length, by which
   * schedules go, stays what the config says.
   */
  readonly untilEpoch?: number | undefined;
  /**
   * The processes that share every batch, as `init` of `@amface/mpi` gives them; each calls `train` with the same config. Only
   * process 0 writes, evaluates and tells of what happens. This process alone by default. One that fails has to end, with an
   * exit status other than 0, for the others to end too.
   */
  readonly processes?: Communicator;
  /** Name of the engine, for the summary. */
  readonly engine?: string;
  /** Why that engine, for the summary. */
  readonly engineReason?: string;
  /** Told how many photos the teacher has embedded, before the run starts, where their embeddings are not there yet. */
  readonly onTeacher?: (done: number, total: number) => void;
  readonly onStart?: (start: TrainStart) => void | Promise<void>;
  readonly onStep?: (metrics: StepMetrics) => void | Promise<void>;
  readonly onEpoch?: (metrics: EpochMetrics) => void | Promise<void>;
  readonly onCheckpoint?: (path: string) => void | Promise<void>;
  /** Called after every evaluation, before the epoch's `onEpoch`. */
  readonly onScores?: (scores: EpochScores) => void | Promise<void>;
  /** Watch the run, evaluate at the ends of its epochs, and choose checkpoints. */
  readonly observers?: readonly RunObserver[];
  /**
   * Told of what a user should know and the run got over: a damaged checkpoint, a return to an earlier one, lines of the
   * list of exclusions that match no photo.
   */
  readonly onWarning?: (message: string) => void;
  /** Called for every photo that could not be read, each time it is. */
  readonly onSkip?: (photo: SkippedPhoto | SkippedRecord) => void;
}
