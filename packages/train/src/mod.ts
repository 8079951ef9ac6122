export { embedder, embedImages } from "@amface/nets";
export {
  type ConfigDifference,
  compareRuns,
  type PairedTest,
  type RunComparison,
} from "./comparison/compare-runs.ts";
export { accuraciesFigure, evaluatedSets, lossesFigure, scoreOn } from "./comparison/comparison-figures.ts";
export { renderComparison, valueText } from "./comparison/comparison-report.ts";
export { type RunRecord, readRun } from "./comparison/run-record.ts";
export { type ConfigOption, configOptions, type OptionRange } from "./config/config-options.ts";
export { parseSchedule, type SchedulePoint } from "./config/epoch-schedule.ts";
export { learningRateAt, totalSteps } from "./config/learning-rate.ts";
export type { TestSetConfig } from "./config/options/evaluation-options.ts";
export { overlayConfig } from "./config/overlay-config.ts";
export { PRECISIONS, type Precision } from "./config/precision.ts";
export type { Preset } from "./config/presets/preset.ts";
export { PRESET_NAMES, PRESETS, type PresetName } from "./config/presets/presets.ts";
export type { RateSchedule } from "./config/rate-schedule.ts";
export { readConfigFile } from "./config/read-config-file.ts";
export { CONFIG_KEYS, ConfigError, resolveConfig } from "./config/resolve-config.ts";
export type { EvaluationConfig, TrainConfig, TrainConfigInput } from "./config/train-config.ts";
export { embedFiles, type FileEmbeddings } from "./embed/embed-files.ts";
export type { EmbedOptions } from "./embed/embed-list.ts";
export { embedPart, embedSource, joinEmbeddings, type SourceEmbeddings } from "./embed/embed-source.ts";
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
export { type ExplosionRule, explodedFrom, isDivergence, LossExplosionError } from "./loop/divergence.ts";
export type { FlightRecord, RecordedBatch } from "./loop/flight-recorder.ts";
export type { TrainOptions, TrainStart } from "./loop/train-options.ts";
export { type MeterReading, meterText, TrainingMeter } from "./loop/training-meter.ts";
export type { Loss, LossRange, Scored } from "./losses/loss.ts";
export type { LossSettings } from "./losses/loss-options.ts";
export { LOSS_NAMES, LOSSES, type LossName } from "./losses/losses.ts";
export { TEACHER_LOSSES, type TeacherLossName } from "./losses/teacher-losses.ts";
export type { OptimizerSettings } from "./optimizers/optimizer-options.ts";
export type { OptimizerRule, Updated, UpdateOptions } from "./optimizers/optimizer-rule.ts";
export { OPTIMIZER_NAMES, OPTIMIZERS, type OptimizerName } from "./optimizers/optimizers.ts";
export { holdOut, readSource } from "./photos/training-data.ts";
export { type FindRateOptions, type FoundRate, findRate } from "./range/find-rate.ts";
export type { RateCurve, RatePoint } from "./range/rate-curve.ts";
export { rateFigure } from "./range/rate-figure.ts";
export { rateSentence, renderRateCurve } from "./range/rate-report.ts";
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
export { loadModel, modelFile } from "./run/load-model.ts";
export { type LoggedStep, MetricsLog, readMetrics } from "./run/metrics-log.ts";
export { type RunFolder, readRunConfig, readRunJson, runFolder } from "./run/run-folder.ts";
export { RunLockedError } from "./run/run-lock.ts";
export type { ObservedRun, RunObserver } from "./run/run-observer.ts";
export { sphereFigure, spherePicture } from "./sphere/sphere-figures.ts";
export { type LabelledCrops, type ToySphere, type ToySphereOptions, toySphere } from "./sphere/toy-sphere.ts";
export type { HeadSampling } from "./step/head-sample.ts";
export { NonFiniteLossError } from "./step/non-finite-loss-error.ts";
export { Optimizer, type Update } from "./step/optimizer.ts";
export type { StateVariable } from "./step/state-variable.ts";
export type { EpochMetrics, StepMetrics, StepRecord } from "./step/step-metrics.ts";
export type { StepDetails, StepResult, StepScalars } from "./step/step-result.ts";
export type { TrainBatch } from "./step/train-batch.ts";
export {
  createTrainState,
  disposeTrainState,
  type TrainState,
  type TrainStateOptions,
} from "./step/train-state.ts";
export { type StepHyper, trainStep } from "./step/train-step.ts";
export { type RunStanding, runSweep, type SweepOptions, type SweepOutcome } from "./sweep/run-sweep.ts";
export { type Halving, planSweep, type SweepPlan, type SweepRun } from "./sweep/sweep-plan.ts";
export type { SummaryImage, SummaryValue } from "./tensorboard/encode-event.ts";
export { EventFile } from "./tensorboard/event-file.ts";
export { type Histogram, type HistogramOptions, histogram } from "./tensorboard/histogram.ts";
export { train } from "./train.ts";
