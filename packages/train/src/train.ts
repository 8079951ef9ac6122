import { identityCount, type SkippedPhoto, type SkippedRecord } from "@amface/data";
import { writeFileAtomic } from "@amface/files";
import { formatAlignment, readAlignment } from "@amface/images";
import { resolveConfig } from "./config/resolve-config.ts";
import type { TrainConfig, TrainConfigInput } from "./config/train-config.ts";
import { pairSets } from "./evaluation/pair-sets.ts";
import type { EpochScores } from "./evaluation/score.ts";
import type { TrainSummary } from "./evaluation/train-summary.ts";
import type { EpochMetrics, StepMetrics } from "./loop/train-loop.ts";
import { type Session, trainSession } from "./loop/train-session.ts";
import { fingerprint, holdOut, readSource, requireEnough } from "./photos/training-data.ts";
import { checkResumable } from "./run/check-resumable.ts";
import { type Checkpoint, type RunFacts, restoreCheckpoint } from "./run/checkpoint.ts";
import { explainWriteFailure } from "./run/explain-write-failure.ts";
import { json } from "./run/json.ts";
import { newestCheckpoint, openRunFolder, runFolder } from "./run/run-folder.ts";
import type { RunLock } from "./run/run-lock.ts";
import type { RunObserver } from "./run/run-observer.ts";
import { startingNet } from "./run/starting-net.ts";
import { createTrainState, disposeTrainState } from "./step/train-state.ts";

/** What a run starts from. */
export interface TrainStart {
  readonly config: TrainConfig;
  readonly identities: number;
  readonly photos: number;
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
  /** Name of the engine, for the summary. */
  readonly engine?: string;
  /** Why that engine, for the summary. */
  readonly engineReason?: string;
  readonly onStart?: (start: TrainStart) => void | Promise<void>;
  readonly onStep?: (metrics: StepMetrics) => void | Promise<void>;
  readonly onEpoch?: (metrics: EpochMetrics) => void | Promise<void>;
  readonly onCheckpoint?: (path: string) => void | Promise<void>;
  /** Called after every evaluation, before the epoch's `onEpoch`. */
  readonly onScores?: (scores: EpochScores) => void | Promise<void>;
  /** Watch the run, evaluate at the ends of its epochs, and choose checkpoints. */
  readonly observers?: readonly RunObserver[];
  /** Told of what a user should know and the run got over: a damaged checkpoint, a return to an earlier one. */
  readonly onWarning?: (message: string) => void;
  /** Called for every photo that could not be read, each time it is. */
  readonly onSkip?: (photo: SkippedPhoto | SkippedRecord) => void;
}

/**
 * Trains a net with AM-Softmax on a folder of identities or of shards. The run's folder then holds `config.json`,
 * `metrics.jsonl` (a line a step), `checkpoints/`, `tensorboard/`, `alignment.json` where the photos have one,
 * `scores.json` where anything is evaluated, `report.html` and `train.json`, and once finished `model.safetensors`.
 *
 * With `validationIdentities` that many people are not trained on: their pairs are evaluated at the ends of epochs and
 * choose the net that becomes the model; the last one is saved beside it. Test sets are evaluated too and choose nothing.
 * Evaluations change nothing in what is trained.
 *
 * @throws {ConfigError} For a config that cannot be used, or one that does not fit the run to resume.
 * @throws {CheckpointError} For a damaged checkpoint, or data that changed since it was written.
 * @throws {ShardError} For a damaged record of a shard, unless the config says `skipCorrupt`.
 * @throws {RunLockedError} When another process trains in the folder.
 * @throws {WriteError} When the disk is full or the folder not writable; the newest checkpoint is whole.
 * @throws {NonFiniteLossError} When the loss is not finite, {LossExplosionError} when it explodes, {NonFiniteStateError}
 *   when weights are no longer finite; a flight record is written and the checkpoints before are kept.
 */
export async function train(input: TrainConfigInput, options: TrainOptions): Promise<TrainSummary> {
  const config = resolveConfig(input);
  const run = runFolder(options.runDir);
  const all = await readSource(config, (error) =>
    options.onSkip?.({ path: `record ${error.record} of ${error.path}`, error }),
  );
  const { train: source, heldOut } = holdOut(all, config);
  requireEnough(source, config);
  const alignment = await readAlignment(config.dataDir);
  const sets = await pairSets(config, heldOut, alignment);
  const { engine } = options;
  const facts = {
    ...{ config, data: fingerprint(all, config.dataDir) },
    ...(alignment && { alignment }),
    ...(engine !== undefined && { engine }),
  };
  const heldOutIdentities = identityCount(all) - identityCount(source);
  let lock: RunLock | undefined;
  try {
    lock = await openRunFolder(run, options.resume ?? false);
    return await trainLocked({ config, run, lock, source, heldOutIdentities, sets, facts, options });
  } catch (error) {
    throw await explainWriteFailure(error, run);
  } finally {
    await lock?.release();
  }
}

/** Trains in a folder that no other process writes in. */
async function trainLocked(given: Omit<Session, "state">): Promise<TrainSummary> {
  const { config, run, source, facts, options } = given;
  const checkpoint = await newestCheckpoint(run, options.onWarning);
  if (checkpoint !== undefined) {
    checkResumable(facts, checkpoint);
    warnOfEngine(facts, checkpoint, options.onWarning);
  }
  await writeFileAtomic(run.config, json(config));
  if (facts.alignment) await writeFileAtomic(run.alignment, formatAlignment(facts.alignment));

  const net = await startingNet(config, checkpoint === undefined);
  const state = await createTrainState(net, identityCount(source), config);
  try {
    if (checkpoint !== undefined) restoreCheckpoint(state, checkpoint);
    return await trainSession({ ...given, state }, checkpoint?.info);
  } finally {
    disposeTrainState(state);
  }
}

function warnOfEngine(
  { engine }: RunFacts,
  { info }: Checkpoint,
  onWarning: TrainOptions["onWarning"],
): void {
  if (engine === undefined || info.engine === undefined || engine === info.engine) return;
  onWarning?.(
    `The run goes on with ${engine}, after ${info.progress.step} steps with ${info.engine}: ` +
      "from here on its numbers differ in their last digits from those of an undisturbed run",
  );
}
