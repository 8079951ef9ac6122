export { embedder, embedImages } from "@amface/nets";
export {
  type Checkpoint,
  CheckpointError,
  type CheckpointInfo,
  DamagedCheckpointError,
  type Keeping,
  listCheckpoints,
  NonFiniteStateError,
  type Progress,
  type Rewind,
  type RunFacts,
  readCheckpoint,
  restoreCheckpoint,
  saveCheckpoint,
} from "./checkpoint.ts";
export { type ExplosionRule, explodedFrom, LossExplosionError } from "./divergence.ts";
export { type EmbedFilesOptions, embedFiles, type FileEmbeddings } from "./embed.ts";
export { type EmbedSourceOptions, embedSource, type SourceEmbeddings } from "./embed-source.ts";
export type { EvaluationConfig, TestSetConfig } from "./evaluation/evaluation-config.ts";
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
export type { FlightRecord, RecordedBatch } from "./flight-recorder.ts";
export { learningRateAt, totalSteps } from "./learning-rate.ts";
export { LOSS_NAMES, LOSSES, type LossName, type LossSettings, lossSettings } from "./loss/loss-options.ts";
export { PRECISIONS, type Precision } from "./loss-scale.ts";
export { MetricsLog, type MetricsRecord, readMetrics } from "./metrics-log.ts";
export { Optimizer, type Update, type UpdateOptions } from "./optimizer/optimizer.ts";
export {
  OPTIMIZER_NAMES,
  OPTIMIZERS,
  type OptimizerName,
  type OptimizerSettings,
} from "./optimizer/optimizer-options.ts";
export { overlayConfig } from "./overlay-config.ts";
export type { Preset } from "./presets/preset.ts";
export { PRESET_NAMES, PRESETS, type PresetName } from "./presets/presets.ts";
export type { RateSchedule } from "./rate-schedule.ts";
export { readConfigFile } from "./read-config-file.ts";
export { CONFIG_KEYS, ConfigError, resolveConfig } from "./resolve-config.ts";
export { type RunFolder, readRunConfig, runFolder } from "./run-folder.ts";
export { RunLockedError } from "./run-lock.ts";
export type { ObservedRun, RunObserver } from "./run-observer.ts";
export { parseSchedule, type SchedulePoint } from "./schedule.ts";
export { sphereFigure, spherePicture } from "./sphere-figures.ts";
export type { StateVariable } from "./state-variable.ts";
export type { StepHyper } from "./step-part.ts";
export type { SummaryImage, SummaryValue } from "./tensorboard/encode-event.ts";
export { EventFile } from "./tensorboard/event-file.ts";
export { type Histogram, type HistogramOptions, histogram } from "./tensorboard/histogram.ts";
export { type LabelledCrops, type ToySphere, type ToySphereOptions, toySphere } from "./toy-sphere.ts";
export { type TrainOptions, type TrainStart, train } from "./train.ts";
export type { TrainConfig, TrainConfigInput } from "./train-config.ts";
export type { EpochMetrics, StepMetrics } from "./train-loop.ts";
export {
  createTrainState,
  disposeTrainState,
  type TrainState,
  type TrainStateOptions,
} from "./train-state.ts";
export {
  NonFiniteLossError,
  type StepDetails,
  type StepResult,
  type StepScalars,
  trainStep,
} from "./train-step.ts";
export type { TrainSummary } from "./train-summary.ts";
export { holdOut, readSource } from "./training-data.ts";
export { type MeterReading, meterText, TrainingMeter } from "./training-meter.ts";
