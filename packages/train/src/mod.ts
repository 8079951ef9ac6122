export { MetricsLog, type MetricsRecord } from "./metrics-log.ts";
export { learningRateAt, parseSchedule, type SchedulePoint } from "./schedule.ts";
export {
  CONFIG_KEYS,
  ConfigError,
  resolveConfig,
  type TrainConfig,
  type TrainConfigInput,
} from "./train-config.ts";
export { createTrainState, disposeTrainState, type StateVariable, type TrainState } from "./train-state.ts";
export { NonFiniteLossError, type StepHyper, type StepScalars, trainStep } from "./train-step.ts";
