import { z } from "zod";
import { lossOptions } from "../losses/loss-options.ts";
import { optimizerOptions } from "../optimizers/optimizer-options.ts";
import { dataOptions } from "./options/data-options.ts";
import { evaluationOptions } from "./options/evaluation-options.ts";
import { headOptions } from "./options/head-options.ts";
import { lossName } from "./options/loss-name.ts";
import { netOptions } from "./options/net-options.ts";
import { photoOptions } from "./options/photo-options.ts";
import { rateOptions } from "./options/rate-options.ts";
import { safetyOptions } from "./options/safety-options.ts";
import { stepOptions } from "./options/step-options.ts";
import { teacherOptions } from "./options/teacher-options.ts";
import { optimizerName, updateOptions } from "./options/update-options.ts";

/** All options under the headings of `amface train --help`, in the order in which they are documented and saved. */
export const OPTION_GROUPS = {
  Data: dataOptions,
  Net: netOptions,
  Steps: stepOptions,
  Photos: photoOptions,
  Loss: { ...lossName, ...headOptions, ...lossOptions },
  Teacher: teacherOptions,
  Optimizer: { ...optimizerName, ...optimizerOptions, ...updateOptions },
  "Learning rate": rateOptions,
  "Checkpoints and safety": safetyOptions,
  Evaluation: evaluationOptions,
};

/**
 * Types, ranges and defaults of a config's options. Defaults that depend on another option are in its table, such as
 * `OPTIMIZERS`.
 */
export const configSchema = z.strictObject({
  ...OPTION_GROUPS.Data,
  ...OPTION_GROUPS.Net,
  ...OPTION_GROUPS.Steps,
  ...OPTION_GROUPS.Photos,
  ...OPTION_GROUPS.Loss,
  ...OPTION_GROUPS.Teacher,
  ...OPTION_GROUPS.Optimizer,
  ...OPTION_GROUPS["Learning rate"],
  ...OPTION_GROUPS["Checkpoints and safety"],
  ...OPTION_GROUPS.Evaluation,
});
