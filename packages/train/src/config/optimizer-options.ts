/** Hyper-parameters of all optimizers. Each has those that `OPTIMIZERS` lists for it. */
export interface OptimizerSettings {
  /** Share of the velocity that a step keeps, in [0, 1). */
  readonly momentum?: number | undefined;
  /** Share of the mean gradient that a step keeps, in [0, 1). */
  readonly beta1?: number | undefined;
  /** Share of the mean squared gradient that a step keeps, in [0, 1). */
  readonly beta2?: number | undefined;
  /** The same in RMSProp, where PyTorch calls it alpha, and in Adadelta. */
  readonly rho?: number | undefined;
  /** What keeps a divisor above 0. */
  readonly epsilon?: number | undefined;
  /** Where Adagrad's sums of squared gradients start; 0 or more. */
  readonly initialAccumulator?: number | undefined;
}

/**
 * The optimizers with their hyper-parameters and PyTorch's defaults, in their papers' names as TensorFlow has them. Only
 * `momentum` and `nesterov` have the paper's 0.9 and 0.1 (arXiv:1801.05599), where PyTorch has none.
 */
export const OPTIMIZERS = {
  momentum: { learningRate: 0.1, momentum: 0.9 },
  nesterov: { learningRate: 0.1, momentum: 0.9 },
  sgd: { learningRate: 0.1 },
  adam: { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  adamw: { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  rmsprop: { learningRate: 1e-2, rho: 0.99, momentum: 0, epsilon: 1e-8 },
  adagrad: { learningRate: 1e-2, initialAccumulator: 0, epsilon: 1e-10 },
  adadelta: { learningRate: 1, rho: 0.9, epsilon: 1e-6 },
} as const satisfies Record<string, OptimizerSettings & { readonly learningRate: number }>;

export type OptimizerName = keyof typeof OPTIMIZERS;

export const OPTIMIZER_NAMES = Object.keys(OPTIMIZERS) as readonly OptimizerName[];
