import type { lossOptions } from "../losses/loss-options.ts";
import type { optimizerOptions } from "../optimizers/optimizer-options.ts";
import type { ValuesOf } from "../option/option.ts";
import type { dataOptions } from "./options/data-options.ts";
import type { evaluationOptions } from "./options/evaluation-options.ts";
import type { headOptions } from "./options/head-options.ts";
import type { lossName } from "./options/loss-name.ts";
import type { netOptions } from "./options/net-options.ts";
import type { photoOptions } from "./options/photo-options.ts";
import type { rateOptions } from "./options/rate-options.ts";
import type { safetyOptions } from "./options/safety-options.ts";
import type { stepOptions } from "./options/step-options.ts";
import type { teacherOptions } from "./options/teacher-options.ts";
import type { optimizerName, updateOptions } from "./options/update-options.ts";

/** What a run watches and how it is evaluated. */
export interface EvaluationConfig extends ValuesOf<typeof evaluationOptions> {}

/** Everything that decides what a run computes. `resolveConfig` fills in the defaults and checks it. */
export interface TrainConfig
  extends ValuesOf<typeof dataOptions>,
    ValuesOf<typeof netOptions>,
    ValuesOf<typeof stepOptions>,
    ValuesOf<typeof photoOptions>,
    ValuesOf<typeof lossName>,
    ValuesOf<typeof headOptions>,
    ValuesOf<typeof lossOptions>,
    ValuesOf<typeof teacherOptions>,
    ValuesOf<typeof optimizerName>,
    ValuesOf<typeof optimizerOptions>,
    ValuesOf<typeof updateOptions>,
    ValuesOf<typeof rateOptions>,
    ValuesOf<typeof safetyOptions>,
    EvaluationConfig {}

/** A config as a user writes it: only `dataDir` has no default. */
export type TrainConfigInput = Partial<TrainConfig> & Pick<TrainConfig, "dataDir">;
