import type { SkippedPhoto, SkippedRecord } from "@amface/data";
import { writeFileAtomic } from "@amface/files";
import { formatAlignment, readAlignment } from "@amface/images";
import { ONE_PROCESS } from "@amface/mpi";
import { totalSteps } from "./config/learning-rate.ts";
import { resolveConfig } from "./config/resolve-config.ts";
import type { TrainConfigInput } from "./config/train-config.ts";
import { pairSets } from "./evaluation/pair-sets.ts";
import { ScoresObserver } from "./evaluation/scores-observer.ts";
import type { TrainSummary } from "./evaluation/train-summary.ts";
import { checkSameRun, checkShared } from "./loop/check-shared.ts";
import { announce } from "./loop/command.ts";
import { isDivergence } from "./loop/divergence.ts";
import { finishRun } from "./loop/finish-run.ts";
import { FlightRecorder } from "./loop/flight-recorder.ts";
import { type Follower, follow } from "./loop/follow.ts";
import { rewind } from "./loop/rewind.ts";
import type { Session } from "./loop/session.ts";
import { BEGINNING, type LegStart, trainLeg } from "./loop/train-leg.ts";
import type { TrainOptions, TrainStart } from "./loop/train-options.ts";
import { holdOut, readSource, requireEnough, sizes, stepsPerEpoch } from "./photos/training-data.ts";
import { checkResumable } from "./run/check-resumable.ts";
import { type Checkpoint, restoreCheckpoint } from "./run/checkpoint.ts";
import type { RunFacts } from "./run/checkpoint-info.ts";
import { explainWriteFailure } from "./run/explain-write-failure.ts";
import { json } from "./run/json.ts";
import { newestCheckpoint, openRunFolder, type RunFolder, runFolder } from "./run/run-folder.ts";
import type { RunLock } from "./run/run-lock.ts";
import { RunObservers } from "./run/run-observer.ts";
import { readShards } from "./run/shard-files.ts";
import { startingNet } from "./run/starting-net.ts";
import { createTrainState, disposeTrainState, type TrainState } from "./step/train-state.ts";
import { findTeacher, type Teacher } from "./teacher/teacher.ts";
import { TeacherEmbeddings } from "./teacher/teacher-embeddings.ts";
import { HparamsObserver } from "./tensorboard/hparams-observer.ts";
import { TensorboardObserver } from "./tensorboard/tensorboard-observer.ts";

/**
 * Trains a net with AM-Softmax on a folder of identities or of shards. The run's folder then holds `config.json`,
 * `start.json` (checksum of the initial weights), `metrics.jsonl` (a line a step), `checkpoints/`, `tensorboard/`,
 * `alignment.json` where the photos have one, `scores.json` where anything is evaluated, `report.html` and `train.json`,
 * and once finished `model.safetensors`.
 *
 * With `validationIdentities` that many people are not trained on: their pairs are evaluated at the ends of epochs and
 * choose the net that becomes the model; the last one is saved beside it. Test sets are evaluated too and choose nothing.
 * Evaluations change nothing in what is trained.
 *
 * With a `teacher` the net learns its embeddings too. They are computed before the first step and kept in the folder, as
 * `teacher-<key>.safetensors`, or in `teacherCache`.
 *
 * Of several `processes` each computes its share of every batch's micro-batches (`accumulateSteps`); what comes of the run is
 * the same, bit for bit, whatever their number.
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
  const { processes = ONE_PROCESS } = options;
  checkShared(config, processes);
  const run = runFolder(options.runDir);
  const onRecord = (error: SkippedRecord["error"]) =>
    options.onSkip?.({ path: `record ${error.record} of ${error.path}`, error });
  const all = await readSource(config, onRecord, options.onWarning);
  const { train: source, heldOut } = holdOut(all, config);
  requireEnough(source, config);
  const alignment = await readAlignment(config.dataDir);
  const teacher = await findTeacher(config, onRecord);
  const { engine } = options;
  const facts = {
    ...{ config, data: [all, teacher?.unlabelled].flatMap((photos) => photos?.fingerprint ?? []).join(" ") },
    ...(teacher && { teacher: teacher.sha256 }),
    ...(alignment && { alignment }),
    ...(engine !== undefined && { engine }),
  };
  await checkSameRun(facts, processes);
  if (processes.rank > 0) return await trainAsFollower({ config, source, teacher, processes, options });
  const sets = await pairSets(config, heldOut, alignment);
  const heldOutIdentities = all.counts.length - source.counts.length;
  let lock: RunLock | undefined;
  try {
    lock = await openRunFolder(run, options.resume ?? false);
    const { unlabelled } = teacher ?? {};
    const session = {
      ...{ config, run, lock, source, unlabelled, heldOutIdentities, sets, facts, processes, options },
    };
    const summary = await trainLocked(session, teacher);
    await announce(processes, { kind: "end", summary });
    return summary;
  } catch (error) {
    throw await explainWriteFailure(error, run);
  } finally {
    await lock?.release();
  }
}

/** Trains as one of the processes that follow process 0. */
async function trainAsFollower(follower: Omit<Follower, "state">): Promise<TrainSummary> {
  const { config, source, processes } = follower;
  const net = await startingNet(config, false);
  const state = createTrainState(net, source.counts.length, { ...config, processes });
  try {
    return await follow({ ...follower, state });
  } finally {
    disposeTrainState(state);
  }
}

/** Trains in a folder that no other process writes in. */
async function trainLocked(
  given: Omit<Session, "state" | "taught">,
  teacher: Teacher | undefined,
): Promise<TrainSummary> {
  const { config, run, source, facts, options } = given;
  const checkpoint = await newestCheckpoint(run, options.onWarning);
  if (checkpoint !== undefined) {
    checkResumable(facts, checkpoint);
    warnOfEngine(facts, checkpoint, options.onWarning);
  }
  await writeFileAtomic(run.config, json(config));
  if (facts.alignment) await writeFileAtomic(run.alignment, formatAlignment(facts.alignment));

  const net = await startingNet(config, checkpoint === undefined);
  const state = createTrainState(net, source.counts.length, { ...config, processes: given.processes });
  try {
    if (checkpoint !== undefined) await restore(state, checkpoint, run);
    const taught =
      teacher &&
      (await TeacherEmbeddings.of(config, teacher, {
        ...{ folder: run.path, size: net.description.embeddingSize, signal: options.signal },
        ...{ onProgress: options.onTeacher, onSkip: (photo) => options.onSkip?.(photo) },
        onWarning: options.onWarning,
      }));
    if (taught) await announce(given.processes, { kind: "teacher", folder: run.path });
    return await trainSession({ ...given, state, taught }, checkpoint?.info ?? BEGINNING);
  } finally {
    disposeTrainState(state);
  }
}

/** Gives a state, with process 0's blocks of a sharded head, the values of a checkpoint. */
async function restore(state: TrainState, checkpoint: Checkpoint, { checkpoints }: RunFolder): Promise<void> {
  restoreCheckpoint(state, checkpoint);
  const { head, progress } = checkpoint.info;
  if (head && state.shards) await readShards(checkpoints, progress.step, head, state.shards);
}

/** Trains from a checkpoint or the beginning on, going back where the loss leaves its course, and sums the run up. */
async function trainSession(session: Session, from: LegStart): Promise<TrainSummary> {
  const { config, run, source, sets, options } = session;
  const skipped = new Set<string>();
  const onSkip = (photo: SkippedPhoto | SkippedRecord) => {
    skipped.add(photo.path);
    options.onSkip?.(photo);
  };
  const scores = new ScoresObserver({ ...sets, run, onSkip, onScores: options.onScores });
  const events = config.tensorboard ? [new TensorboardObserver(scores), new HparamsObserver(scores)] : [];
  const observers = new RunObservers([scores, ...events, ...(options.observers ?? [])]);
  try {
    await options.onStart?.(startOf(session, from));
    for (let start = from; ; ) {
      const recorder = new FlightRecorder((label) => source.identities[label], config);
      const { rewinds = [] } = start;
      try {
        const end = await trainLeg(session, start, { observers, recorder, onSkip });
        return await finishRun(session, scores, {
          ...end,
          skippedPhotos: skipped.size,
          rewinds: rewinds.length,
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

function startOf({ config, source, unlabelled, sets }: Session, { progress }: LegStart): TrainStart {
  const perEpoch = stepsPerEpoch(source, config);
  const { validation, tests } = sets;
  const evaluated = [...(validation ? [validation] : []), ...tests].map(
    ({ name, pairs, skippedPairs }) => [name, { pairs: pairs.length, skippedPairs }] as const,
  );
  return {
    ...(unlabelled && { unlabelledPhotos: unlabelled.photos }),
    ...{ config, ...sizes(source), stepsPerEpoch: perEpoch, totalSteps: totalSteps(config, perEpoch) },
    step: progress.step,
    evaluated: Object.fromEntries(evaluated),
  };
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
