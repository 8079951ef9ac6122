import { NET_NAMES } from "@amface/nets";
import { z } from "zod";
import { count, optionTexts, positive } from "../../option/option.ts";

/** What the net is. */
export const netOptions = {
  /** Name of the net. */
  net: z
    .enum(NET_NAMES)
    .default("resface20")
    .register(optionTexts, { value: "NAME", help: `one of ${NET_NAMES.join(", ")}` }),
  /** Size of the embedding; the net's own where absent. */
  embeddingSize: count().optional().register(optionTexts, {
    value: "D",
    help: "size of the embedding",
    absent: "the net's own",
  }),
  /** Height and width of the net's input, in pixels. */
  imageSize: z
    .tuple([count(), count()])
    .readonly()
    .default([112, 96])
    .register(optionTexts, { value: "H,W", help: "height and width of the crops" }),
  /** Batch normalisation in the net, or biases. */
  batchNorm: z.boolean().default(true).register(optionTexts, {
    help: "biases instead of batch normalisation: the paper's own net",
  }),
  /** Share of the features that dropout keeps, in (0, 1]. */
  keepProbability: positive().max(1).default(1).register(optionTexts, {
    value: "P",
    help: "share of features that dropout keeps",
  }),
};
