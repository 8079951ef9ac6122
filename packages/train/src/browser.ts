/* What needs no module of Node: a step of training, for batches that a page makes. */
export { NonFiniteLossError } from "./step/non-finite-loss-error.ts";
export type { StepDetails, StepResult, StepScalars } from "./step/step-result.ts";
export type { TrainBatch } from "./step/train-batch.ts";
export {
  createTrainState,
  disposeTrainState,
  type TrainState,
  type TrainStateOptions,
} from "./step/train-state.ts";
export { type StepHyper, type StepOptions, trainStep } from "./step/train-step.ts";
