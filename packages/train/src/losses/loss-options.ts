import { z } from "zod";
import { nonnegative, optionTexts, positive, type UnsetOf, whole } from "../option/option.ts";

const papers = "only in --config, being the paper's";

/** The numbers of losses. What has no default here, the loss decides: `LOSSES` has the options of each. */
export const lossOptions = {
  /** m: off the cosine (am-softmax), radians (arcface), times the angle (sphereface), or of AdaFace. */
  margin: nonnegative().optional().register(optionTexts, { value: "M", help: "margin" }),
  /** Steps in which the margin goes on a line from `marginStart` to `margin`. */
  marginWarmupSteps: whole()
    .default(0)
    .register(optionTexts, { value: "N", help: "steps in which the margin rises to M" }),
  /** Where the margin starts. */
  marginStart: nonnegative().default(0).register(optionTexts, { value: "M", help: "initial margin" }),
  /** s, by which cosines become logits. */
  scale: positive().optional().register(optionTexts, { value: "S", help: "scale" }),
  /** Steps in which the scale goes on a line from `scaleStart` to `scale`. */
  scaleWarmupSteps: whole()
    .default(0)
    .register(optionTexts, { value: "N", help: "steps in which the scale rises to S" }),
  /** Where the scale starts. */
  scaleStart: positive().default(1).register(optionTexts, { value: "S", help: "initial scale" }),
  /** m₁ of the combined margin: times the angle. */
  m1: z.number().min(1).optional().register(optionTexts, { value: "M", help: "factor of the angle" }),
  /** m₂ of the combined margin: added to the angle, in radians. */
  m2: nonnegative()
    .lt(Math.PI)
    .optional()
    .register(optionTexts, { value: "M", help: "added to the angle, in radians" }),
  /** m₃ of the combined margin: off the cosine. */
  m3: nonnegative().optional().register(optionTexts, { value: "M", help: "subtracted from the cosine" }),
  /** h of AdaFace: which lengths of embeddings count as usual. */
  concentration: positive().optional().register(optionTexts, {
    value: "H",
    help: "h: spread of the embedding norms that count as normal",
  }),
  /** l_a of MagFace: the length at which the margin is `lowerMargin`, and below. */
  lowerLength: positive()
    .optional()
    .register(optionTexts, { value: "A", help: "length of the poorest photo's embedding" }),
  /** u_a of MagFace: the length at which the margin is `upperMargin`, and above. */
  upperLength: positive()
    .optional()
    .register(optionTexts, { value: "A", help: "length of the best photo's embedding" }),
  /** l_m of MagFace, in radians. */
  lowerMargin: nonnegative()
    .lt(Math.PI)
    .optional()
    .register(optionTexts, { value: "M", help: "margin at the lower length, in radians" }),
  /** u_m of MagFace, in radians. */
  upperMargin: nonnegative()
    .lt(Math.PI)
    .optional()
    .register(optionTexts, { value: "M", help: "margin at the upper length, in radians" }),
  /** λ_g of MagFace: factor of the penalty that pulls embeddings to `upperLength`. */
  lengthPenalty: nonnegative()
    .optional()
    .register(optionTexts, { value: "F", help: "factor of the penalty on short embeddings" }),
  /** SphereFace's λ at a step: `max(annealingLeast, annealingBase · (1 + annealingGamma · step)^−annealingPower)`. */
  annealingBase: nonnegative()
    .optional()
    .register(optionTexts, { noFlag: papers, help: "λ in the first step" }),
  /** γ of λ, which see. */
  annealingGamma: nonnegative()
    .optional()
    .register(optionTexts, { noFlag: papers, help: "how much of λ's start a step adds to its divisor" }),
  /** The power of λ, which see. */
  annealingPower: nonnegative()
    .optional()
    .register(optionTexts, { noFlag: papers, help: "the divisor's power" }),
  /** The least λ. */
  annealingLeast: nonnegative()
    .optional()
    .register(optionTexts, { value: "L", help: "where λ stops falling" }),
  /** Factor of the center loss that is added; 0 is none. */
  centerLossFactor: nonnegative()
    .default(0)
    .register(optionTexts, { value: "F", help: "factor of an added center loss" }),
  /** Share of its old place that a centre keeps in a step. */
  centerLossAlfa: nonnegative()
    .max(1)
    .default(0.95)
    .register(optionTexts, { value: "A", help: "share of its position that a centre keeps per step" }),
  /** Factor of the triplet loss that is added, with the hardest triplets of a batch; 0 is none. */
  tripletLossFactor: nonnegative()
    .default(0)
    .register(optionTexts, { value: "F", help: "factor of an added triplet loss; needs --balance" }),
  /** How much farther the nearest other person must be than the farthest photo of the own, as squared distances of 0 to 4. */
  tripletLossMargin: nonnegative()
    .default(0.2)
    .register(optionTexts, { value: "M", help: "margin of the triplet loss, in squared distance" }),
  /** Factor of the L2 penalty on kernels and head: `weightDecay / 2 · Σ‖w‖²`. */
  weightDecay: nonnegative()
    .default(5e-4)
    .register(optionTexts, { value: "W", help: "L2 penalty on kernels and head" }),
};

/** Options of all losses. Each has those that `LOSSES` lists for it. */
export interface LossSettings extends UnsetOf<typeof lossOptions> {}
