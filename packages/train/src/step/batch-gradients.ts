import type { FaceBatch } from "@amface/data";
import { applyMargin, centerLoss, crossEntropy, l2Penalty, targetValues } from "@amface/loss";
import * as tf from "@tensorflow/tfjs-core";
import { type LossSettings, lossSettings } from "../config/loss-options.ts";
import { batchScores } from "./batch-scores.ts";
import { lengthsOf } from "./embedding-lengths.ts";
import { inFloat16 } from "./loss-scale.ts";
import type { TrainState } from "./train-state.ts";

/** What a batch's loss depends on besides state and batch. */
export interface LossHyper extends LossSettings {
  /** Factor of the L2 penalty `weightDecay / 2 · Σ‖w‖²`. */
  readonly weightDecay: number;
  /** Factor of the center loss, where the state has centres. */
  readonly centerLossFactor?: number;
}

/** Gradients of a batch and what was measured on the way; all of it in the tidy of the caller. */
export interface BatchGradients {
  /** In the order of the state's trainable variables. */
  readonly gradients: tf.Tensor[];
  readonly embeddings_BD: tf.Tensor2D;
  /** Loss, cross-entropy, accuracy and mean cosine with the own identity. */
  readonly scalars_4: tf.Tensor1D;
  /** Where they are observed: angles `[B]` to the own identity and to the nearest other. */
  readonly angles: readonly tf.Tensor[];
}

/**
 * Loss and gradients of a batch; where convolutions compute in float16, gradients of the loss times its factor, divided by
 * it. To be called inside `tf.tidy`; the moving statistics have changed afterwards.
 */
export function batchGradients(
  state: TrainState,
  { images, labels }: FaceBatch,
  hyper: LossHyper,
  observe: boolean,
): BatchGradients {
  const { net, head_DN, bias_N, centers_ND, optimizer, lossScale_1, loss: name, step } = state;
  const variables = state.trainable.map(({ variable }) => variable);
  const settings = lossSettings(name, hyper);
  const statistics = state.lengths_2 && lengthsOf(state.lengths_2);
  let made: tf.Tensor[] = [];
  const scaledLoss = (): tf.Scalar => {
    const embeddings_BD = net.model.apply(images, { training: true }) as tf.Tensor2D;
    const scored = { embeddings_BD, head_DN, labels_B: labels, bias_N, statistics, step };
    const { logits_BN, scores_BN, cosine_BN } = batchScores(name, settings, scored);
    const entropy = crossEntropy(logits_BN, labels);
    const right_B = tf.equal(tf.argMax(scores_BN, 1), labels);
    const cosine_B = targetValues(cosine_BN, labels);
    const terms = [entropy];
    if (!optimizer.decouplesDecay) {
      const decayed = state.decayed.map(({ variable }) => variable);
      terms.push(l2Penalty(decayed, hyper.weightDecay));
    }
    if (centers_ND) {
      const distance = centerLoss(embeddings_BD, labels, centers_ND);
      terms.push(tf.mul(distance, hyper.centerLossFactor ?? 0));
    }
    const total: tf.Scalar = terms.reduce((sum, term) => tf.add(sum, term));
    made = [embeddings_BD, total, entropy, tf.mean(tf.cast(right_B, "float32")), tf.mean(cosine_B)];
    if (observe) made.push(tf.acos(cosine_B), tf.acos(nearestOther(cosine_BN, labels)));
    for (const tensor of made) tf.keep(tensor); // beyond the tape, which disposes all but gradients
    return lossScale_1 ? tf.mul(total, tf.squeeze<tf.Scalar>(lossScale_1)) : total;
  };
  const gradientsOf = () => tf.variableGrads(scaledLoss, variables).grads;
  const grads = lossScale_1 ? inFloat16(gradientsOf) : gradientsOf();
  // Of the caller's tidy again, as the gradients are.
  const [embeddings_BD, loss, entropy, accuracy, cosine, ...angles] = made.map((tensor) => tf.clone(tensor));
  tf.dispose(made);
  return {
    gradients: variables.map(({ name }) => (lossScale_1 ? tf.div(grads[name], lossScale_1) : grads[name])),
    embeddings_BD: embeddings_BD as tf.Tensor2D,
    scalars_4: tf.stack([loss, entropy, accuracy, cosine]) as tf.Tensor1D,
    angles,
  };
}

/** The largest cosine of each row with another identity than its own, `[B]`. */
function nearestOther(cosine_BN: tf.Tensor2D, labels_B: tf.Tensor1D): tf.Tensor {
  const others_BN = applyMargin(cosine_BN, labels_B, (own_B) => ({ cosine_B: tf.neg(tf.onesLike(own_B)) }));
  return tf.max(others_BN, 1);
}
