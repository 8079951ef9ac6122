import { count, optionTexts } from "../../option/option.ts";

/** Epochs of a run that is told neither epochs nor steps. */
export const EPOCHS = 20;

/** How long a run is, and how large its steps. */
export const stepOptions = {
  /** Epochs to train; 20 unless `maxSteps` is given. The run ends with the first of the two. */
  maxNrofEpochs: count()
    .optional()
    .register(optionTexts, {
      value: "N",
      help: "epochs to train",
      absent: `${EPOCHS}, or as many as --max-steps takes`,
    }),
  /** Steps to train. */
  maxSteps: count()
    .optional()
    .register(optionTexts, { value: "N", help: "steps to train; the first of the two ends the run" }),
  /** Photos a step. */
  batchSize: count().default(64).register(optionTexts, { value: "N", help: "photos per step" }),
  /** Batches an epoch; one pass over the photos where absent. */
  epochSize: count()
    .optional()
    .register(optionTexts, { value: "N", help: "steps per epoch", absent: "one pass over the photos" }),
};
