import {
  applyMargin,
  centerLoss,
  cosineDistance,
  cosineLogits,
  crossEntropy,
  l2Penalty,
  targetValues,
} from "@amface/loss";
import * as tf from "@tensorflow/tfjs-core";
import type { LossSettings } from "../losses/loss-options.ts";
import { LOSSES } from "../losses/losses.ts";
import { TEACHER_LOSSES, type TeacherLossName } from "../losses/teacher-losses.ts";
import { inFloat16 } from "./loss-scale.ts";
import { readNormStatistics } from "./norm-statistics.ts";
import type { Measured } from "./step-result.ts";
import type { TrainBatch } from "./train-batch.ts";
import type { TrainState } from "./train-state.ts";

/** What a batch's loss depends on besides state and batch. */
export interface LossHyper extends LossSettings {
  /** Factor of the L2 penalty `weightDecay / 2 · Σ‖w‖²`. */
  readonly weightDecay: number;
  /** Factor of the center loss, where the state has centres. */
  readonly centerLossFactor?: number;
  /** Factor of the margin loss; 1 by default. */
  readonly lossWeight?: number;
  /** Distance to the teacher's embeddings, where the batch has them; `cosine` by default. */
  readonly teacherLoss?: TeacherLossName;
  /** Its factor; 1 by default. */
  readonly teacherWeight?: number;
}

/** What a batch gives; the caller disposes all of it. */
export interface BatchGradients {
  /** In the order of the state's trainable variables. */
  readonly gradients: tf.Tensor[];
  /** `[L, D]` of the photos with labels, where the state keeps something of embeddings; else none. */
  readonly embeddings: readonly tf.Tensor2D[];
  /** Scalars; where they are observed, angles `[B]` to the own identity and to the nearest other too. */
  readonly measured: Measured;
}

/**
 * Loss and gradients of a batch; where convolutions compute in float16, gradients of the loss times its factor, divided by
 * it. The moving statistics have changed afterwards.
 */
export function batchGradients(
  state: TrainState,
  batch: TrainBatch,
  hyper: LossHyper,
  observe: boolean,
): BatchGradients {
  const { lossScale_1 } = state;
  const variables = state.trainable.map(({ variable }) => variable);
  let forward: BatchLoss | undefined;
  const scaledLoss = (): tf.Scalar => {
    forward = batchLoss(state, batch, hyper, observe);
    const { embeddings_LD, measured } = forward;
    for (const tensor of [embeddings_LD, ...Object.values(measured)]) tf.keep(tensor); // the tape disposes all else
    const { loss } = measured;
    return lossScale_1 ? tf.mul(loss, tf.squeeze<tf.Scalar>(lossScale_1)) : loss;
  };
  const gradients = tf.tidy(() => {
    const compute = () => tf.variableGrads(scaledLoss, variables).grads;
    const grads = lossScale_1 ? inFloat16(compute) : compute();
    return variables.map(({ name }) => (lossScale_1 ? tf.div(grads[name], lossScale_1) : grads[name]));
  });
  const { embeddings_LD, measured } = forward as BatchLoss;
  if (state.norms_2 || state.centers_ND) return { gradients, embeddings: [embeddings_LD], measured };
  embeddings_LD.dispose();
  return { gradients, embeddings: [], measured };
}

interface BatchLoss {
  readonly embeddings_LD: tf.Tensor2D;
  readonly measured: Measured & { readonly loss: tf.Scalar };
}

/**
 * The forward pass: images to embeddings to logits to cross-entropy, with weight decay, center loss and the distance to
 * a teacher added. Identities are learnt from the first L of B photos, which have labels.
 */
function batchLoss(
  state: TrainState,
  { images, labels, teacher }: TrainBatch,
  hyper: LossHyper,
  observe: boolean,
): BatchLoss {
  const { net, head_DN, bias_N, centers_ND, optimizer, loss: name, step } = state;
  const embeddings_BD = net.model.apply(images, { training: true }) as tf.Tensor2D;
  const embeddings_LD =
    labels.size === embeddings_BD.shape[0] ? embeddings_BD : tf.slice(embeddings_BD, 0, labels.size);
  const statistics = state.norms_2 && readNormStatistics(state.norms_2);
  const cosine_BN = cosineLogits(embeddings_LD, head_DN);
  const scored = {
    embeddings_BD: embeddings_LD,
    head_DN,
    cosine_BN,
    labels_B: labels,
    bias_N,
    statistics,
    step,
  };
  const logits_BN = LOSSES[name].logits(hyper, scored);
  const entropy = crossEntropy(logits_BN, labels);
  const right_B = tf.equal(tf.argMax(bias_N ? logits_BN : cosine_BN, 1), labels);
  const cosine_B = targetValues(cosine_BN, labels);
  const { lossWeight = 1, teacherLoss = "cosine", teacherWeight = 1 } = hyper;
  const terms = [lossWeight === 1 ? entropy : tf.mul<tf.Scalar>(entropy, lossWeight)];
  if (!optimizer.decouplesDecay) {
    const decayed = state.decayed.map(({ variable }) => variable);
    terms.push(l2Penalty(decayed, hyper.weightDecay));
  }
  if (centers_ND) {
    const distance = centerLoss(embeddings_LD, labels, centers_ND);
    terms.push(tf.mul(distance, hyper.centerLossFactor ?? 0));
  }
  if (teacher) terms.push(tf.mul(TEACHER_LOSSES[teacherLoss](embeddings_BD, teacher), teacherWeight));
  const measured = {
    loss: terms.reduce((sum, term) => tf.add<tf.Scalar>(sum, term)),
    crossEntropy: entropy,
    accuracy: tf.mean(tf.cast(right_B, "float32")),
    targetCosine: tf.mean(cosine_B),
    ...(teacher && { teacherCosine: tf.sub<tf.Scalar>(1, cosineDistance(embeddings_BD, teacher)) }),
    ...(observe && {
      targetAngles: tf.acos(cosine_B),
      otherAngles: tf.acos(nearestOther(cosine_BN, labels)),
    }),
  };
  return { embeddings_LD, measured };
}

/** The largest cosine of each row with another identity than its own, `[B]`. */
function nearestOther(cosine_BN: tf.Tensor2D, labels_B: tf.Tensor1D): tf.Tensor {
  const others_BN = applyMargin(cosine_BN, labels_B, (own_B) => ({ cosine_B: tf.neg(tf.onesLike(own_B)) }));
  return tf.max(others_BN, 1);
}
