import {
  adaFace,
  applyMargin,
  arcFace,
  combinedMargin,
  cosFace,
  cosineLogits,
  type Margin,
  type NormStatistics,
  softmaxLogits,
  sphereFaceAnnealing,
  sphereFaceLogits,
} from "@amface/loss";
import * as tf from "@tensorflow/tfjs-core";
import type { LossName, LossSettings } from "../config/loss-options.ts";

/** What a loss scores. */
export interface Scored {
  /** `[B, D]`, of the lengths that the net gave them. */
  readonly embeddings_BD: tf.Tensor2D;
  readonly head_DN: tf.Tensor2D;
  readonly labels_B: tf.Tensor1D;
  /** Of plain softmax. */
  readonly bias_N?: tf.Tensor1D | undefined;
  /** Of AdaFace: lengths of embeddings so far. */
  readonly statistics?: NormStatistics | undefined;
  /** Steps done; SphereFace's annealing depends on it. */
  readonly step: number;
}

export interface BatchScores {
  /** `[B, N]`, whose cross-entropy is the loss. */
  readonly logits_BN: tf.Tensor2D;
  /** `[B, N]`, of which the largest says whose face it is: cosines, or plain softmax's logits. */
  readonly scores_BN: tf.Tensor2D;
  /** `[B, N]`: cosines between embeddings and class weights. */
  readonly cosine_BN: tf.Tensor2D;
}

type Settings = Required<LossSettings>;

/** Losses on scaled cosines: what each does to the own identity's, before the scale. */
const MARGINS: Partial<Record<LossName, (settings: Settings, scored: Scored) => Margin>> = {
  "am-softmax": ({ margin }) => cosFace(margin),
  arcface: ({ margin }) => arcFace(margin),
  combined: ({ m1, m2, m3 }) => combinedMargin({ multiply: m1, add: m2, subtract: m3 }),
  adaface: ({ margin, concentration }, { embeddings_BD, statistics }) =>
    adaFace(embeddings_BD, { margin, concentration, statistics: statistics as NormStatistics }),
};

/** Logits, scores and cosines of a batch under a loss. To be called inside `tf.tidy`. */
export function batchScores(loss: LossName, settings: Settings, scored: Scored): BatchScores {
  const { embeddings_BD, head_DN, labels_B, bias_N, step } = scored;
  const cosine_BN = cosineLogits(embeddings_BD, head_DN);
  if (loss === "softmax") {
    const logits_BN = softmaxLogits(embeddings_BD, head_DN, bias_N);
    return { logits_BN, scores_BN: logits_BN, cosine_BN };
  }
  if (loss === "sphereface") {
    const { annealingBase: base, annealingGamma: gamma, annealingPower: power } = settings;
    const annealing = sphereFaceAnnealing(step, { base, gamma, power, least: settings.annealingLeast });
    const options = { margin: settings.margin, annealing };
    const logits_BN = sphereFaceLogits(embeddings_BD, head_DN, labels_B, options);
    return { logits_BN, scores_BN: cosine_BN, cosine_BN };
  }
  const margin = MARGINS[loss]?.(settings, scored);
  const margined_BN = margin ? applyMargin(cosine_BN, labels_B, margin) : cosine_BN;
  return { logits_BN: tf.mul<tf.Tensor2D>(margined_BN, settings.scale), scores_BN: cosine_BN, cosine_BN };
}
