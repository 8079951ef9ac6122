import { z } from "zod";
import { OPTIMIZER_NAMES } from "../../optimizers/optimizers.ts";
import { count, optionTexts, positive } from "../../option/option.ts";
import { PRECISIONS } from "../precision.ts";

/** Which optimizer; its hyper-parameters are `optimizerOptions`. */
export const optimizerName = {
  /** How gradients move weights; `OPTIMIZERS` has the hyper-parameters of each and their defaults. */
  optimizer: z
    .enum(OPTIMIZER_NAMES)
    .default("momentum")
    .register(optionTexts, {
      value: "NAME",
      help: `one of ${OPTIMIZER_NAMES.join(", ")}; the six options below are theirs, with PyTorch's defaults`,
    }),
};

/** How gradients are computed, and what else comes of them. */
export const updateOptions = {
  /** Length to which the gradient of all variables together is cut. */
  clipNorm: positive()
    .optional()
    .register(optionTexts, { value: "L", help: "maximum norm of the gradient", absent: "no clipping" }),
  /** Parts into which a batch is split, for batches larger than memory or shared by processes; their mean gradient makes the step. */
  accumulateSteps: count().default(1).register(optionTexts, {
    value: "N",
    help: "micro-batches in which a batch is computed, for batches larger than memory or several processes",
  }),
  /** How gradients travel between processes: `float16` halves what is sent, and the result then depends on the number of processes. */
  gradientCompression: z.enum(["none", "float16"]).default("none").register(optionTexts, {
    value: "NAME",
    help: "how processes send each other gradients: none, or float16 for half the bytes",
  }),
  /** Precision of 2D convolutions, not depthwise, in training steps; `float16` is for GPUs. All else, evaluation too, is float32. */
  precision: z.enum(PRECISIONS).default("float32").register(optionTexts, {
    value: "NAME",
    help: "precision of convolutions in training steps: float32, or float16 on GPUs that support it",
  }),
  /** Share that a step keeps of the weights' average, which is then what is evaluated and saved; none where absent. */
  emaDecay: positive().lt(1).optional().register(optionTexts, {
    value: "D",
    help: "evaluate and save an exponential moving average of the weights, with decay D per step",
    absent: "none",
  }),
};
