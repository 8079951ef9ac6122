import { type AugmentOptions, type Balance, RESAMPLE_KERNELS } from "@amface/data";
import { z } from "zod";
import { count, optionTexts, whole } from "../../option/option.ts";

const part = () => z.number().nonnegative().max(1).optional();
const quality = () => z.int().min(1).max(100);

const side = () => z.number().positive().max(1);
const least = { error: "expected the lowest first" };

const augment: z.ZodType<AugmentOptions> = z.strictObject({
  maskProb: part(),
  cropJitter: whole().optional(),
  brightness: part(),
  contrast: part(),
  saturation: part(),
  grey: part(),
  blur: whole().optional(),
  lowResAugmentationProb: part(),
  lowResSide: z
    .tuple([side(), side()])
    .refine(([low, high]) => low <= high, least)
    .optional(),
  lowResKernels: z.array(z.enum(RESAMPLE_KERNELS)).min(1).optional(),
  jpegQuality: z
    .tuple([quality(), quality()])
    .refine(([low, high]) => low <= high, least)
    .optional(),
  cutout: part(),
});

const balance: z.ZodType<Balance> = z.strictObject({ identities: count(), photos: count() });

/** How photos are changed and put together. */
export const photoOptions = {
  /** Mirror a photo at random, with probability one half. */
  randomFlip: z.boolean().default(true).register(optionTexts, { help: "do not mirror photos at random" }),
  /** Further random changes to the photos; none by default. */
  augment: augment.optional().register(optionTexts, {
    value: "JSON",
    help:
      'changes to photos, such as {"maskProb": 0.3, "cropJitter": 2, "brightness": 0.2, "contrast": 0.2, "saturation": 0.2, "grey": 0.1, "blur": 1, ' +
      '"lowResAugmentationProb": 0.2, "jpegQuality": [40, 95], "cutout": 0.3}',
  }),
  /** Batches of so many photos of each of so many identities, `batchSize` in all, instead of passes over the photos. */
  balance: balance.optional().register(optionTexts, {
    value: "P,K",
    help: "batches of K photos of each of P identities, P·K being the batch size",
  }),
};
