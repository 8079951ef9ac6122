import { nextCenters, updateNormStatistics } from "@amface/loss";
import * as tf from "@tensorflow/tfjs-core";
import { type Scalars, scalarsOf } from "./scalars.ts";
import type { FixedState, TrainState } from "./train-state.ts";

/** What an update depends on besides state and gradients. */
export interface UpdateHyper {
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Share of its old place that a centre keeps; 0.95 by default. */
  readonly centerLossAlfa?: number | undefined;
}

/** What of an update changes from step to step. */
export interface UpdateNumbers {
  readonly optimizer: Scalars;
  /** Share of the average that the step keeps, where there is one. */
  readonly keep?: tf.Scalar;
}

/** The caller disposes them. */
export function updateNumbers(
  { optimizer, average, step }: TrainState,
  { learningRate, weightDecay }: UpdateHyper,
): UpdateNumbers {
  return {
    optimizer: scalarsOf(optimizer.numbers({ learningRate, weightDecay, step: step + 1 })),
    ...(average && { keep: tf.scalar(average.keepAt(step)) }),
  };
}

/** All that `nextValues` gives values to: weights and slots, averages, centres, AdaFace's statistics. */
export function movedVariables({ optimizer, average, centers_ND, norms_2 }: FixedState): tf.Variable[] {
  const kept = [centers_ND, norms_2].filter((variable) => variable !== undefined) as tf.Variable[];
  return [...optimizer.moved, ...(average?.moved ?? []), ...kept];
}

/** What a batch gives to an update. */
export interface UpdateSources {
  readonly gradients: readonly tf.Tensor[];
  /** What the moving statistics become. */
  readonly statistics: readonly tf.Tensor[];
  /** Of the whole batch `[B, D]`, in pieces, where the state has centres or statistics. */
  readonly embeddings: readonly tf.Tensor2D[];
  /** Of the whole batch. */
  readonly labels: tf.Tensor1D;
}

/** What gradients make of `movedVariables`, in their order. To be called inside `tf.tidy`. */
export function nextValues(
  { optimizer, average, centers_ND, norms_2, ...state }: FixedState,
  { gradients, statistics, embeddings, labels }: UpdateSources,
  { optimizer: numbers, keep }: UpdateNumbers,
  { centerLossAlfa }: Omit<UpdateHyper, "learningRate">,
): tf.Tensor[] {
  const next = optimizer.next(gradients, numbers);
  if (average && keep) {
    const moved = new Map(optimizer.moved.map((variable, i) => [variable, next[i]]));
    for (const [i, { variable }] of state.statistics.entries()) moved.set(variable, statistics[i]);
    next.push(...average.next(moved, keep));
  }
  const embeddings_LD = centers_ND || norms_2 ? tf.concat2d([...embeddings], 0) : undefined;
  if (embeddings_LD && centers_ND) next.push(nextCenters(embeddings_LD, labels, centers_ND, centerLossAlfa));
  if (embeddings_LD && norms_2) next.push(updateNormStatistics(embeddings_LD, norms_2));
  return next;
}
