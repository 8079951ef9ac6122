import {
  applyMargin,
  batchHardTripletLoss,
  centerLoss,
  cosineDistance,
  cosineLogits,
  crossEntropy,
  l2Normalize,
  l2Penalty,
  type Margin,
  marginWhere,
  targetValues,
  updateNormStatistics,
} from "@amface/loss";
import { withDropoutNoise } from "@amface/nets";
import * as tf from "@tensorflow/tfjs-core";
import type { LossSettings } from "../losses/loss-options.ts";
import { LOSSES } from "../losses/losses.ts";
import { TEACHER_LOSSES, type TeacherLossName } from "../losses/teacher-losses.ts";
import { inFloat16 } from "./loss-scale.ts";
import { withStatistics } from "./moving-statistics.ts";
import { type Scalars, scalarsOf } from "./scalars.ts";
import type { Measured } from "./step-result.ts";
import type { TrainBatch } from "./train-batch.ts";
import type { FixedState, TrainState } from "./train-state.ts";

/** What a batch's loss depends on besides state and batch. */
export interface LossHyper extends LossSettings {
  /** Factor of the L2 penalty `weightDecay / 2 · Σ‖w‖²`. */
  readonly weightDecay: number;
  /** Factor of the center loss, where the state has centres. */
  readonly centerLossFactor?: number;
  /** Factor of the triplet loss over normalised embeddings; 0 by default, which is none. */
  readonly tripletLossFactor?: number;
  /** Its margin; 0.2 by default. */
  readonly tripletLossMargin?: number;
  /** Factor of the margin loss; 1 by default. */
  readonly lossWeight?: number;
  /** Distance to the teacher's embeddings, where the batch has them; `cosine` by default. */
  readonly teacherLoss?: TeacherLossName;
  /** Its factor; 1 by default. */
  readonly teacherWeight?: number;
}

/** A batch, or a part of one, as its gradients are computed. */
export interface ScoredBatch extends TrainBatch {
  /** `[L, D]`: the loss's gradient by the labelled embeddings, where a sharded head has scored them already. */
  readonly pull_LD?: tf.Tensor2D | undefined;
  /** What `drawDropoutNoise` gives for the step; where absent, dropout draws for itself. */
  readonly noise?: readonly tf.Tensor[];
  /** What of the loss changes from step to step. */
  readonly lossNumbers: Scalars;
}

/** What of the loss changes from step to step; the caller disposes it. */
export const lossNumbersOf = ({ loss, step }: TrainState, hyper: LossHyper): Scalars =>
  scalarsOf(LOSSES[loss].numbers(hyper, step));

/** What a batch gives. */
export interface BatchGradients {
  /** In the order of the state's trainable variables. */
  readonly gradients: tf.Tensor[];
  /** `[L, D]` of the photos with labels, where the state keeps something of embeddings; else none. */
  readonly embeddings: readonly tf.Tensor2D[];
  /**
   * Scalars; where they are observed, angles `[B]` to the own identity and to the nearest other too. Where the embeddings
   * are scored already, only what adds to that, in `loss`.
   */
  readonly measured: Partial<Measured>;
  /** What the state's moving statistics become. */
  readonly statistics: readonly tf.Tensor[];
}

/**
 * Loss and gradients of a batch; where convolutions compute in float16, gradients of the loss times its factor, divided by
 * it. Changes nothing. To be called inside `tf.tidy`.
 *
 * @param start Where the moving statistics start: from 0 they become what the batch adds to them.
 */
export function batchGradients(
  state: FixedState,
  batch: ScoredBatch,
  hyper: LossHyper,
  observe: boolean,
  start: "now" | "zero" = "now",
): BatchGradients {
  const { lossScale_1 } = state;
  const variables = state.trainable.map(({ variable }) => variable);
  let forward: BatchLoss | undefined;
  const scaledLoss = (): tf.Scalar => {
    forward = batchLoss(state, batch, hyper, observe);
    const { embeddings_LD, measured } = forward;
    for (const tensor of [embeddings_LD, ...Object.values(measured)]) tf.keep(tensor); // the tape disposes all else
    const loss = forward.pulled ? tf.add<tf.Scalar>(measured.loss, forward.pulled) : measured.loss;
    return lossScale_1 ? tf.mul(loss, tf.squeeze<tf.Scalar>(lossScale_1)) : loss;
  };
  const compute = () => {
    const noise = batch.noise ?? [];
    const { grads } = withDropoutNoise(state.net.model, noise, () => tf.variableGrads(scaledLoss, variables));
    return variables.map(({ name }) => (lossScale_1 ? tf.div(grads[name], lossScale_1) : grads[name]));
  };
  const { result: gradients, statistics } = withStatistics(state.statistics, start, () =>
    lossScale_1 ? inFloat16(compute) : compute(),
  );
  const { embeddings_LD, measured } = forward as BatchLoss;
  if (state.norms_2 || state.centers_ND)
    return { gradients, embeddings: [embeddings_LD], measured, statistics };
  embeddings_LD.dispose();
  return { gradients, embeddings: [], measured, statistics };
}

interface BatchLoss {
  readonly embeddings_LD: tf.Tensor2D;
  readonly measured: Partial<Measured> & { readonly loss: tf.Scalar };
  /** What has the gradient of the loss that a sharded head has computed. */
  readonly pulled?: tf.Scalar | undefined;
}

/**
 * The forward pass: images to embeddings to logits to cross-entropy, with weight decay, center loss, triplet loss and
 * the distance to a teacher added. Identities are learnt from the first L of B photos, which have labels.
 */
function batchLoss(
  state: FixedState,
  { images, labels, teacher, pull_LD, lossNumbers }: ScoredBatch,
  hyper: LossHyper,
  observe: boolean,
): BatchLoss {
  const { net, centers_ND, optimizer } = state;
  const embeddings_BD = net.model.apply(images, { training: true }) as tf.Tensor2D;
  const embeddings_LD = labelledOf(embeddings_BD, labels);
  const scored = pull_LD ? undefined : score(state, embeddings_LD, labels, hyper, { observe, lossNumbers });
  const { lossWeight = 1, tripletLossFactor = 0, teacherLoss = "cosine", teacherWeight = 1 } = hyper;
  const terms: tf.Scalar[] = [];
  const addTimes = (factor: number, term: tf.Scalar | undefined) => {
    if (term) terms.push(factor === 1 ? term : tf.mul(term, factor));
  };
  addTimes(lossWeight, scored?.crossEntropy);
  addTimes(lossWeight, LOSSES[state.loss].penalty?.(hyper, embeddings_LD));
  if (!optimizer.decouplesDecay) {
    const decayed = state.decayed.map(({ variable }) => variable);
    terms.push(l2Penalty(decayed, hyper.weightDecay));
  }
  if (centers_ND) addTimes(hyper.centerLossFactor ?? 0, centerLoss(embeddings_LD, labels, centers_ND));
  if (tripletLossFactor > 0) {
    const unit_LD = l2Normalize(embeddings_LD, 1);
    addTimes(tripletLossFactor, batchHardTripletLoss(unit_LD, labels, hyper.tripletLossMargin));
  }
  if (teacher) addTimes(teacherWeight, TEACHER_LOSSES[teacherLoss](embeddings_BD, teacher));
  const [first = tf.scalar(0), ...others] = terms;
  const measured = {
    ...scored,
    loss: others.reduce((sum, term) => tf.add<tf.Scalar>(sum, term), first),
    ...(teacher && { teacherCosine: tf.sub<tf.Scalar>(1, cosineDistance(embeddings_BD, teacher)) }),
  };
  return { embeddings_LD, measured, pulled: pull_LD && tf.sum<tf.Scalar>(tf.mul(embeddings_LD, pull_LD)) };
}

/** The embeddings of the photos that have labels: the first ones. */
export const labelledOf = (embeddings_BD: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor2D =>
  labels.size === embeddings_BD.shape[0] ? embeddings_BD : tf.slice(embeddings_BD, 0, labels.size);

/** What the head makes of the labelled embeddings. */
function score(
  { head_DN, bias_N, norms_2, loss: name }: FixedState,
  embeddings_BD: tf.Tensor2D,
  labels_B: tf.Tensor1D,
  hyper: LossHyper,
  { observe, lossNumbers: numbers }: { observe: boolean; lossNumbers: Scalars },
) {
  const statistics = norms_2 && updateNormStatistics(embeddings_BD, norms_2);
  const cosine_BN = cosineLogits(embeddings_BD, head_DN);
  const logits_BN = LOSSES[name].logits(hyper, {
    ...{ embeddings_BD, head_DN, cosine_BN, labels_B, bias_N, statistics, numbers },
  });
  const right_B = tf.equal(tf.argMax(bias_N ? logits_BN : cosine_BN, 1), labels_B);
  const cosine_B = targetValues(cosine_BN, labels_B);
  return {
    crossEntropy: crossEntropy(logits_BN, labels_B),
    accuracy: tf.mean(tf.cast(right_B, "float32")),
    targetCosine: tf.mean(cosine_B),
    ...(observe && {
      targetAngles: tf.acos(cosine_B),
      otherAngles: tf.acos(nearestOther(cosine_BN, labels_B)),
    }),
  };
}

/**
 * The largest cosine of each row with another identity than its own, `[B]`.
 *
 * @param here_B `[B]` bool, where the columns are a part of the head: whether the own identity is one of them.
 */
export function nearestOther(
  cosine_BN: tf.Tensor2D,
  labels_B: tf.Tensor1D,
  here_B?: tf.Tensor1D,
): tf.Tensor1D {
  const lowest: Margin = (own_B) => ({ cosine_B: tf.neg(tf.onesLike(own_B)) });
  const others_BN = applyMargin(cosine_BN, labels_B, here_B ? marginWhere(here_B, lowest) : lowest);
  return tf.max(others_BN, 1);
}
