import { z } from "zod";
import { count, optionTexts, whole } from "../../option/option.ts";

/** What a run keeps, and what it does where something is wrong. */
export const safetyOptions = {
  /** Pass over damaged records of shards; unreadable photos of folders are always passed over. */
  skipCorrupt: z.boolean().default(false).register(optionTexts, {
    help: "skip damaged records of shards, and count them",
  }),
  /** Seed of weights, order, flips and dropout. */
  seed: z.int().default(0).register(optionTexts, {
    value: "N",
    help: "seed of weights, order, flips and dropout",
  }),
  /** Epochs between two checkpoints. */
  checkpointEpochs: count()
    .default(1)
    .register(optionTexts, { value: "N", help: "epochs between two checkpoints" }),
  /** How many checkpoints stay on disk. */
  checkpointsKept: count().default(3).register(optionTexts, { value: "N", help: "checkpoints kept on disk" }),
  /** Steps between two checkpoints, besides those at the ends of epochs; none where absent. */
  checkpointSteps: count().optional().register(optionTexts, {
    value: "N",
    help: "steps between two checkpoints, besides those of epochs",
    absent: "none",
  }),
  /** When the loss is not finite or explodes: end the run, or go back to a checkpoint and halve the learning rate. */
  onDivergence: z.enum(["stop", "rewind"]).default("stop").register(optionTexts, {
    value: "WAY",
    help: "loss not finite or exploding: stop, or rewind to a checkpoint and halve the rate",
  }),
  /** How often a run may go back before it ends. */
  maxRewinds: whole().default(3).register(optionTexts, { value: "N", help: "how often a run may rewind" }),
  /** The loss explodes where it is above this many times the median of the last 50 steps, and above all of them … */
  explosionFactor: z.number().gt(1).default(3).register(optionTexts, {
    value: "F",
    help: "a loss explodes above F times the median of the last 50 and above all of them",
  }),
  /** … in so many steps running. */
  explosionSteps: count()
    .default(5)
    .register(optionTexts, { value: "N", help: "... for N consecutive steps" }),
};
