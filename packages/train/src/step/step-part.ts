import type { FaceBatch } from "@amface/data";
import { l2Penalty, nextCenters } from "@amface/loss";
import * as tf from "@tensorflow/tfjs-core";
import { batchGradients, type LossHyper } from "./batch-gradients.ts";
import type { Update } from "./optimizer.ts";
import type { TrainState } from "./train-state.ts";

/** What a step needs to know besides state and batch. */
export interface StepHyper extends LossHyper {
  readonly learningRate: number;
  /** Parts into which the batch is split; their mean gradient makes the update. 1 by default. */
  readonly accumulateSteps?: number | undefined;
  /** Length to which the gradient of all variables together is cut. */
  readonly clipNorm?: number | undefined;
  /** Share of its old place that a centre keeps; 0.95 by default. */
  readonly centerLossAlfa?: number | undefined;
}

/** The parts of a step that came before, and how it ends. */
export interface PartOptions {
  readonly observe: boolean;
  /** 1 / the number of parts. */
  readonly share: number;
  readonly before: readonly StepPart[];
  /** Of the whole batch, for the last part. */
  readonly labels: tf.Tensor1D | undefined;
}

/** What came of a part; the caller disposes it by `disposePart`. */
export interface StepPart {
  /** Sums of the parts' gradients so far, times `share`; none of the last part. */
  readonly gradients: readonly tf.Tensor[];
  /** Where the state keeps something of embeddings. */
  readonly embeddings: readonly tf.Tensor2D[];
  /** What the variables get; none before the last part. */
  readonly updates: readonly Update[];
  /**
   * Loss, cross-entropy, accuracy, mean cosine; of the last part the gradient's norm; observed, angles to the own and to
   * the nearest other identity; and then of the last part norms of each variable's gradient and of the variable.
   */
  readonly measured: tf.Tensor1D;
}

/** Computes a part of a step; only moving statistics have changed afterwards. */
export function stepPart(
  state: TrainState,
  batch: FaceBatch,
  hyper: StepHyper,
  options: PartOptions,
): StepPart {
  const { observe, share, before, labels } = options;
  const parts: StepPart[] = [];
  tf.tidy(() => {
    const now = batchGradients(state, batch, hyper, observe);
    const sums = before.at(-1)?.gradients;
    const shares = share === 1 ? now.gradients : now.gradients.map((g) => tf.mul(g, share));
    const gradients = sums ? shares.map((g, i) => tf.add(g, sums[i])) : shares;
    const embeddings = state.lengths_2 || state.centers_ND ? [now.embeddings_BD] : [];
    const measured: tf.Tensor[] = [now.scalars_4];
    let updates: Update[] = [];
    if (labels) {
      const norm = length(gradients);
      measured.push(tf.reshape(norm, [1]), ...now.angles);
      if (observe) {
        const weights = state.trainable.map(({ variable }) => variable);
        for (const list of [gradients, weights]) measured.push(tf.stack(list.map((x) => length([x]))));
      }
      const all_BD = [...before.flatMap(({ embeddings }) => embeddings), ...embeddings];
      updates = updatesBy(state, clip(gradients, norm, hyper.clipNorm), hyper, { all_BD, labels });
    } else measured.push(...now.angles);
    const part = {
      gradients: labels ? [] : gradients,
      embeddings,
      updates,
      measured: tf.concat1d(measured as tf.Tensor1D[]),
    };
    for (const tensor of tensorsOf(part)) tf.keep(tensor);
    parts.push(part);
  });
  return parts[0];
}

/** What a gradient makes of weights, slots, their average and the centres. */
function updatesBy(
  state: TrainState,
  gradients: readonly tf.Tensor[],
  { learningRate, weightDecay, centerLossAlfa }: StepHyper,
  { all_BD, labels }: { readonly all_BD: readonly tf.Tensor2D[]; readonly labels: tf.Tensor1D },
): Update[] {
  const { optimizer, average, centers_ND, step } = state;
  const updates = optimizer.updates(gradients, { learningRate, step: step + 1, weightDecay });
  if (average) updates.push(...average.updates(updates, step));
  if (centers_ND) {
    const next = nextCenters(tf.concat2d([...all_BD], 0), labels, centers_ND, centerLossAlfa);
    updates.push({ variable: centers_ND as tf.Variable, next });
  }
  return updates;
}

const tensorsOf = ({ gradients, embeddings, updates, measured }: StepPart): tf.Tensor[] => [
  ...gradients,
  ...embeddings,
  ...updates.map(({ next }) => next),
  measured,
];

export const disposePart = (part: StepPart): void => tf.dispose(tensorsOf(part));

/** Length of a vector that lies in several tensors: √Σx². */
const length = (tensors: readonly tf.Tensor[]): tf.Scalar => tf.sqrt(tf.mul(l2Penalty(tensors, 1), 2));

/** Cuts a gradient of length `norm` to `most`, its direction kept: `g · most / max(norm, most)`. */
function clip(
  gradients: readonly tf.Tensor[],
  norm: tf.Scalar,
  most: number | undefined,
): readonly tf.Tensor[] {
  if (most === undefined) return gradients;
  const factor = tf.div(most, tf.maximum(norm, most));
  return gradients.map((gradient) => tf.mul(gradient, factor));
}
