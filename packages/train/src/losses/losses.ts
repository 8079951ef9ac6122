import {
  adaFace,
  applyMargin,
  arcFace,
  combinedMargin,
  cosFace,
  type Margin,
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
      const statistics = scored.norms_2 as tf.Tensor1D; // there as it `keepsNorms`
      return scaledMargin(
        scored,
        adaFace(scored.embeddings_BD, { margin, concentration, statistics }),
        scale,
      );
    },
  }),
} satisfies Record<string, Loss>;

export type LossName = keyof typeof LOSSES;

export const LOSS_NAMES = Object.keys(LOSSES) as readonly LossName[];

/** Scaled cosines, the own identity's first changed by a margin. */
function scaledMargin({ cosine_BN, labels_B, here_B }: Scored, margin: Margin, scale: number): tf.Tensor2D {
  return tf.mul(applyMargin(cosine_BN, labels_B, here_B ? marginWhere(here_B, margin) : margin), scale);
}
