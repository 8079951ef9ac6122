import type { FaceSource, ShardSource, SkippedPhoto, SkippedRecord, StreamBatch } from "@amface/data";
import { formatAlignment, readAlignment, writeFileAtomic } from "@amface/images";
import { createNet } from "@amface/nets";
import { BatchStream } from "./batch-stream.ts";
import {
  type Checkpoint,
  checkResumable,
  type Progress,
  type RunFacts,
  readCheckpoint,
  restoreCheckpoint,
} from "./checkpoint.ts";
import { type PairSets, pairSets } from "./evaluation/pair-sets.ts";
import type { EpochScores } from "./evaluation/score.ts";
import { ScoresObserver } from "./evaluation/scores-observer.ts";
import { finishRun } from "./finish-run.ts";
import { totalSteps } from "./learning-rate.ts";
import { resolveConfig } from "./resolve-config.ts";
import { openRunFolder, type RunFolder, runFolder } from "./run-folder.ts";
import { type RunObserver, RunObservers } from "./run-observer.ts";
import { RunWriter } from "./run-writer.ts";
import { TensorboardObserver } from "./tensorboard/tensorboard-observer.ts";
import type { TrainConfig, TrainConfigInput } from "./train-config.ts";
import { type EpochMetrics, type StepMetrics, trainLoop } from "./train-loop.ts";
import { createTrainState, disposeTrainState, type TrainState } from "./train-state.ts";
import type { TrainSummary } from "./train-summary.ts";
import { fingerprint, holdOut, readSource, requireEnough, sizes, stepsPerEpoch } from "./training-data.ts";

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
 * @throws {NonFiniteLossError} When the loss is not finite; the newest checkpoint is kept.
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
  const path = await openRunFolder(run, options.resume ?? false);
  const checkpoint = path === undefined ? undefined : await readCheckpoint(path);
  const data = fingerprint(all, config.dataDir);
  const facts = { config, data, ...(alignment && { alignment }) };
  if (checkpoint !== undefined) checkResumable(facts, checkpoint);
  await writeFileAtomic(run.config, json(config));
  if (alignment) await writeFileAtomic(run.alignment, formatAlignment(alignment));

  const { net: name, embeddingSize, imageSize, batchNorm, keepProbability, seed } = config;
  const size = embeddingSize === undefined ? {} : { embeddingSize };
  const net = createNet(name, { imageSize, batchNorm, keepProbability, seed, ...size });
  const state = await createTrainState(net, source.identities.length, config);
  try {
    if (checkpoint !== undefined) restoreCheckpoint(state, checkpoint);
    const heldOutIdentities = all.identities.length - source.identities.length;
    const session = { config, run, source, heldOutIdentities, sets, facts, state, options };
    return await trainSession(session, checkpoint?.info);
  } finally {
    disposeTrainState(state);
  }
}

interface Session {
  readonly config: TrainConfig;
  readonly run: RunFolder;
  readonly source: FaceSource | ShardSource;
  readonly heldOutIdentities: number;
  readonly sets: PairSets;
  readonly facts: RunFacts;
  readonly state: TrainState;
  readonly options: TrainOptions;
}

const BEGINNING: Progress = { step: 0, epoch: 0, batchInEpoch: 0, pass: 0, batchInPass: 0, seconds: 0 };

/** Trains from a checkpoint or the beginning on, and writes what the run's folder holds. */
async function trainSession(session: Session, from?: Checkpoint["info"]): Promise<TrainSummary> {
  const { config, run, source, heldOutIdentities, sets, state, options } = session;
  const start = from?.progress ?? BEGINNING;
  const skipped = new Set<string>();
  const onSkip = (photo: SkippedPhoto | SkippedRecord) => {
    skipped.add(photo.path);
    options.onSkip?.(photo);
  };
  const { batchSize, imageSize, seed, randomFlip: flip, skipCorrupt } = config;
  const position = { pass: start.pass, batch: start.batchInPass };
  const stream = new BatchStream(source, { batchSize, imageSize, seed, flip, skipCorrupt, onSkip }, position);
  const scores = new ScoresObserver({ ...sets, run, onSkip, onScores: options.onScores });
  const events = config.tensorboard ? [new TensorboardObserver(scores)] : [];
  const observers = new RunObservers([scores, ...events, ...(options.observers ?? [])]);
  const writer = await RunWriter.open({ ...session, observers });
  const perEpoch = stepsPerEpoch(source, config);
  let last: EpochMetrics | undefined;
  const save = async (progress: Progress) => {
    const { path, isNew } = await writer.save(progress);
    if (isNew) await options.onCheckpoint?.(path);
    return path;
  };
  const onStep = async (metrics: StepMetrics, batch: StreamBatch, progress: Progress) => {
    await writer.log(metrics);
    await observers.onStep(metrics, batch);
    await options.onStep?.(metrics);
    const due = config.checkpointSteps !== undefined && progress.step % config.checkpointSteps === 0;
    // At the end of an epoch, the checkpoint comes after its evaluation.
    if (due && progress.batchInEpoch < perEpoch) await save(progress);
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
    const steps = { stepsPerEpoch: perEpoch, totalSteps: totalSteps(config, perEpoch), step: start.step };
    await observers.start({ config, run, source, state, totalSteps: steps.totalSteps }, from?.observers);
    const evaluated = countPairs(sets);
    await options.onStart?.({ config, ...sizes(source), ...steps, evaluated });
    const earlier = writer.earlier.filter(({ epoch }) => epoch === start.epoch);
    const { signal } = options;
    const { progress, aborted } = await trainLoop({
      config,
      state,
      stream,
      stepsPerEpoch: perEpoch,
      start,
      earlier,
      signal,
      observes: (step) => observers.observes(step),
      onStep,
      onEpoch,
    });
    const checkpoint = await save(progress);
    return await finishRun(session, scores, {
      progress,
      finished: !aborted,
      last,
      checkpoint,
      skippedPhotos: skipped.size,
      heldOutIdentities,
      engine: options.engine,
      engineReason: options.engineReason,
    });
  } finally {
    await stream.close();
    await writer.close();
    await observers.close();
  }
}

function countPairs({ validation, tests }: PairSets): TrainStart["evaluated"] {
  const sets = validation === undefined ? tests : [validation, ...tests];
  return Object.fromEntries(
    sets.map(({ name, pairs, skippedPairs }) => [name, { pairs: pairs.length, skippedPairs }]),
  );
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
