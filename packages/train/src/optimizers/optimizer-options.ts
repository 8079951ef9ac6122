import { nonnegative, optionTexts, positive, share, type UnsetOf } from "../option/option.ts";

/** Hyper-parameters of optimizers; `OPTIMIZERS` has those of each and their defaults. */
export const optimizerOptions = {
  /** Share of the velocity that a step keeps, in [0, 1). */
  momentum: share()
    .optional()
    .register(optionTexts, { value: "M", help: "share of the velocity that a step keeps" }),
  /** Share of the mean gradient that a step keeps, in [0, 1). */
  beta1: share()
    .optional()
    .register(optionTexts, { value: "B", help: "share of the mean gradient that a step keeps" }),
  /** Share of the mean squared gradient that a step keeps, in [0, 1). */
  beta2: share()
    .optional()
    .register(optionTexts, { value: "B", help: "share of the mean squared gradient that a step keeps" }),
  /** The same as `beta2` in RMSProp, where PyTorch calls it alpha, and in Adadelta. */
  rho: share()
    .optional()
    .register(optionTexts, { value: "R", help: "share of the mean squared gradient that a step keeps" }),
  /** What keeps a divisor above 0. */
  epsilon: positive().optional().register(optionTexts, { value: "E", help: "what keeps a divisor above 0" }),
  /** Where Adagrad's sums of squared gradients start; 0 or more. */
  initialAccumulator: nonnegative()
    .optional()
    .register(optionTexts, { value: "A", help: "where sums of squared gradients start" }),
};

/** Hyper-parameters of all optimizers. Each has those that `OPTIMIZERS` lists for it. */
export interface OptimizerSettings extends UnsetOf<typeof optimizerOptions> {}
