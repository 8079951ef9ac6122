import { z } from "zod";
import { LOSS_NAMES } from "../../losses/losses.ts";
import { optionTexts } from "../../option/option.ts";

/** Which loss; its numbers are `lossOptions`. */
export const lossName = {
  /** The loss; `LOSSES` has the options of each and their defaults. */
  loss: z
    .enum(LOSS_NAMES)
    .default("am-softmax")
    .register(optionTexts, { value: "NAME", help: `one of ${LOSS_NAMES.join(", ")}` }),
};
