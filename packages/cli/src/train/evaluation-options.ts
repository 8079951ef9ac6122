import type { OptionSpecs } from "../command/command.ts";
import { integer, number } from "../command/parse.ts";

/** Options of `train` that say what a run is evaluated on and what it tells. */
export const evaluationOptions = {
  "validation-identities": {
    heading: "Evaluation",
    value: "N",
    help: "identities held out of the training that choose the model: a count, or a share below 1 [0: the last is the model]",
    parse: number(0),
  },
  "validation-pairs": {
    value: "N",
    help: "pairs drawn from them, as many as they have [6000]",
    parse: integer(8),
  },
  "lfw-dir": {
    value: "DIR",
    help: "crops of a test set, evaluated beside it; it never chooses (more of them: testSets in --config)",
  },
  "lfw-pairs": { value: "FILE", help: "its pairs, in any layout that eval reads" },
  "lfw-nrof-folds": { value: "K", help: "its number of folds [those of the pairs]", parse: integer(2) },
  "lfw-batch-size": { value: "N", help: "crops a batch of every evaluation [64]", parse: integer(1) },
  "evaluation-epochs": { value: "N", help: "epochs between two evaluations [1]", parse: integer(1) },
  "no-tensorboard": { help: "write no TensorBoard events" },
  "histogram-steps": {
    value: "N",
    help: "steps between two histograms of angles and norms in the events [100]",
    parse: integer(1),
  },
} as const satisfies OptionSpecs;
