import { nextCenters } from "@amface/loss";
import * as tf from "@tensorflow/tfjs-core";
import type { Update } from "./optimizer.ts";
import type { TrainState } from "./train-state.ts";

/** What an update depends on besides state and gradients. */
export interface UpdateHyper {
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Share of its old place that a centre keeps; 0.95 by default. */
  readonly centerLossAlfa?: number | undefined;
}

/**
 * What gradients make of weights, slots, their average and the centres of the center loss; the caller assigns the
 * values or not, and disposes them.
 *
 * @param embeddings Of the whole batch `[B, D]`, in pieces, where the state has centres.
 * @param labels_B Of the whole batch.
 */
export function nextValues(
  state: TrainState,
  gradients: readonly tf.Tensor[],
  { learningRate, weightDecay, centerLossAlfa }: UpdateHyper,
  embeddings: readonly tf.Tensor2D[],
  labels_B: tf.Tensor1D,
): Update[] {
  const { optimizer, average, centers_ND, step } = state;
  const updates = optimizer.updates(gradients, { learningRate, step: step + 1, weightDecay });
  if (average) updates.push(...average.updates(updates, step));
  if (centers_ND) {
    const next = tf.tidy(() =>
      nextCenters(tf.concat2d([...embeddings], 0), labels_B, centers_ND, centerLossAlfa),
    );
    updates.push({ variable: centers_ND as tf.Variable, next: tf.keep(next) });
  }
  return updates;
}
