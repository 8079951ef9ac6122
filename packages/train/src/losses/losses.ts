import {
  adaFace,
  applyMargin,
  arcFace,
  combinedMargin,
  cosFace,
  embeddingLengths,
  type Margin,
  magFace,
  magFacePenalty,
  marginWhere,
  softmaxLogits,
  sphereFaceAnnealing,
  sphereFaceLogits,
} from "@amface/loss";
import * as tf from "@tensorflow/tfjs-core";
import { type Loss, lossOf, type Scored } from "./loss.ts";

/** The losses, each with its options, their defaults and ranges, and its logits; `@amface/loss` has the equations. */
export const LOSSES = {
  "am-softmax": lossOf({
    shards: true,
    defaults: { margin: 0.35, scale: 30 },
    warmsUp: true,
    logits: ({ margin, scale }, scored) => scaledMargin(scored, cosFace(margin), scale),
  }),
  softmax: lossOf({
    defaults: {},
    hasBias: true,
    logits: (_, { embeddings_BD, head_DN, bias_N }) => softmaxLogits(embeddings_BD, head_DN, bias_N),
  }),
  "normalised-softmax": lossOf({
    shards: true,
    defaults: { scale: 30 },
    logits: ({ scale }, { cosine_BN }) => tf.mul(cosine_BN, scale),
  }),
  sphereface: lossOf({
    defaults: {
      margin: 4,
      annealingBase: 1000,
      annealingGamma: 0.12,
      annealingPower: 1,
      annealingLeast: 5,
    },
    ranges: {
      margin: { expected: "a whole number of 1 or more", holds: (m) => Number.isInteger(m) && m >= 1 },
    },
    numbers(
      { annealingBase: base, annealingGamma: gamma, annealingPower: power, annealingLeast: least },
      step,
    ) {
      return { annealing: sphereFaceAnnealing(step, { base, gamma, power, least }) };
    },
    logits({ margin }, { embeddings_BD, head_DN, labels_B, numbers }) {
      return sphereFaceLogits(embeddings_BD, head_DN, labels_B, { margin, annealing: numbers?.annealing });
    },
  }),
  arcface: lossOf({
    shards: true,
    defaults: { margin: 0.5, scale: 64 },
    ranges: { margin: { expected: "radians below π", holds: (m) => m < Math.PI } },
    warmsUp: true,
    logits: ({ margin, scale }, scored) => scaledMargin(scored, arcFace(margin), scale),
  }),
  combined: lossOf({
    shards: true,
    defaults: { m1: 1, m2: 0.3, m3: 0.2, scale: 64 },
    logits: ({ m1, m2, m3, scale }, scored) =>
      scaledMargin(scored, combinedMargin({ multiply: m1, add: m2, subtract: m3 }), scale),
  }),
  adaface: lossOf({
    shards: true,
    defaults: { margin: 0.4, concentration: 0.333, scale: 64 },
    warmsUp: true,
    keepsNorms: true,
    logits({ margin, concentration, scale }, scored) {
      const statistics = scored.statistics as tf.Tensor; // there as it `keepsNorms`
      const lengths_B = embeddingLengths(scored.embeddings_BD);
      return scaledMargin(scored, adaFace({ margin, concentration, statistics }), scale, lengths_B);
    },
  }),
  magface: lossOf({
    shards: true,
    defaults: {
      ...{ lowerLength: 10, upperLength: 110, lowerMargin: 0.45, upperMargin: 0.8 },
      ...{ lengthPenalty: 35, scale: 64 },
    },
    logits: ({ scale, ...margin }, scored) =>
      scaledMargin(scored, magFace(margin), scale, embeddingLengths(scored.embeddings_BD)),
    penalty: ({ lengthPenalty, ...lengths }, embeddings_BD) =>
      tf.mul(magFacePenalty(embeddings_BD, lengths), lengthPenalty),
  }),
} satisfies Record<string, Loss>;

export type LossName = keyof typeof LOSSES;

export const LOSS_NAMES = Object.keys(LOSSES) as readonly LossName[];

/** Scaled cosines, the own identity's first changed by a margin. */
function scaledMargin(
  { cosine_BN, labels_B, here_B }: Scored,
  margin: Margin,
  scale: number,
  lengths_B?: tf.Tensor1D,
): tf.Tensor2D {
  const applied = here_B ? marginWhere(here_B, margin) : margin;
  return tf.mul(applyMargin(cosine_BN, labels_B, applied, lengths_B), scale);
}
