export { embedder, embedImages } from "@amface/nets";
export { parseSchedule, type SchedulePoint } from "./config/epoch-schedule.ts";
export type { EvaluationConfig, TestSetConfig } from "./config/evaluation-config.ts";
export { learningRateAt, totalSteps } from "./config/learning-rate.ts";
export { LOSS_NAMES, LOSSES, type LossName, type LossSettings, lossSettings } from "./config/loss-options.ts";
export {
  OPTIMIZER_NAMES,
  OPTIMIZERS,
  type OptimizerName,
  type OptimizerSettings,
} from "./config/optimizer-options.ts";
export { overlayConfig } from "./config/overlay-config.ts";
export type { Preset } from "./config/presets/preset.ts";
export { PRESET_NAMES, PRESETS, type PresetName } from "./config/presets/presets.ts";
export type { RateSchedule } from "./config/rate-schedule.ts";
export { readConfigFile } from "./config/read-config-file.ts";
export { CONFIG_KEYS, ConfigError, resolveConfig } from "./config/resolve-config.ts";
export type { TrainConfig, TrainConfigInput } from "./config/train-config.ts";
export { type EmbedSourceOptions, embedSource, type SourceEmbeddings } from "./embed/embed-source.ts";
export { type EmbedFilesOptions, embedFiles, type FileEmbeddings } from "./embed.ts";
export { type PairSet, testSet, validationSet } from "./evaluation/pair-set.ts";
export {
  type NamedAngles,
  scoresFigure,
  type TrainingPoint,
  thetaFigure,
  trainingFigure,
} from "./evaluation/run-figures.ts";
export { type RunScores, runScores, type ScoreRow, scoreRows } from "./evaluation/run-scores.ts";
export { bestOn, chosenOf, type EpochScores, type Score } from "./evaluation/score.ts";
export { type ScoreOptions, scorePairs } from "./evaluation/score-pairs.ts";
export type { TrainSummary } from "./evaluation/train-summary.ts";
export { type ExplosionRule, explodedFrom, LossExplosionError } from "./loop/divergence.ts";
export type { FlightRecord, RecordedBatch } from "./loop/flight-recorder.ts";
export type { TrainOptions, TrainStart } from "./loop/train-options.ts";
export { type MeterReading, meterText, TrainingMeter } from "./loop/training-meter.ts";
export { holdOut, readSource } from "./photos/training-data.ts";
export {
  type Checkpoint,
  CheckpointError,
  DamagedCheckpointError,
  type Keeping,
  listCheckpoints,
  NonFiniteStateError,
  readCheckpoint,
  restoreCheckpoint,
  saveCheckpoint,
} from "./run/checkpoint.ts";
export type { CheckpointInfo, Progress, Rewind, RunFacts } from "./run/checkpoint-info.ts";
export { MetricsLog, readMetrics } from "./run/metrics-log.ts";
export { type RunFolder, readRunConfig, runFolder } from "./run/run-folder.ts";
export { RunLockedError } from "./run/run-lock.ts";
export type { ObservedRun, RunObserver } from "./run/run-observer.ts";
export { sphereFigure, spherePicture } from "./sphere/sphere-figures.ts";
export { type LabelledCrops, type ToySphere, type ToySphereOptions, toySphere } from "./sphere/toy-sphere.ts";
export { PRECISIONS, type Precision } from "./step/loss-scale.ts";
export { NonFiniteLossError } from "./step/non-finite-loss-error.ts";
export { Optimizer, type Update, type UpdateOptions } from "./step/optimizer.ts";
export type { StateVariable } from "./step/state-variable.ts";
export type { EpochMetrics, StepMetrics, StepRecord } from "./step/step-metrics.ts";
export type { StepDetails, StepResult, StepScalars } from "./step/step-result.ts";
export {
  createTrainState,
  disposeTrainState,
  type TrainState,
  type TrainStateOptions,
} from "./step/train-state.ts";
export { type StepHyper, trainStep } from "./step/train-step.ts";
export type { SummaryImage, SummaryValue } from "./tensorboard/encode-event.ts";
export { EventFile } from "./tensorboard/event-file.ts";
export { type Histogram, type HistogramOptions, histogram } from "./tensorboard/histogram.ts";
export { train } from "./train.ts";
