import { checkLabels } from "@amface/loss";
import { setDropoutStep } from "@amface/nets";
import * as tf from "@tensorflow/tfjs-core";
import { batchGradients, type LossHyper } from "./batch-gradients.ts";
import { accumulate, clipByNorm, globalNorm, variableNorms } from "./gradient-sum.ts";
import { HeldTensors } from "./held-tensors.ts";
import { withLossScale } from "./loss-scale.ts";
import { nextValues, type UpdateHyper } from "./next-values.ts";
import { moveNormStatistics } from "./norm-statistics.ts";
import type { Update } from "./optimizer.ts";
import { readFinite } from "./read-finite.ts";
import { splitBatch } from "./split-batch.ts";
import type { StateVariable } from "./state-variable.ts";
import { type Measured, type Reading, type StepResult, stepResult } from "./step-result.ts";
import type { TrainBatch } from "./train-batch.ts";
import type { TrainState } from "./train-state.ts";

/** What a step needs to know besides state and batch. */
export interface StepHyper extends LossHyper, UpdateHyper {
  /** Micro-batches into which the batch is split; their mean gradient makes the update. 1 by default. */
  readonly accumulateSteps?: number | undefined;
  /** Length to which the gradient of all variables together is cut. */
  readonly clipNorm?: number | undefined;
}

/**
 * Applies one update to net and head, with the state's loss and weight decay on kernels and head: as an L2 penalty in
 * the loss, or by the optimizer where that decouples it. Where convolutions compute in float16 and a gradient overflows,
 * the step is made again with half of the loss's factor.
 *
 * @param batch `images` `[B, H, W, 3]` float32, `labels` `[B]` int32, with a teacher `teacher` `[B, D]` and maybe fewer
 *   labels; borrowed, not disposed.
 * @param observe Measure angles and norms too, in the same read.
 * @returns The measurements, read from the device.
 * @throws {RangeError} When a label is not one of the head's identities, or the batch does not split evenly.
 * @throws {NonFiniteLossError} When loss or gradient is not finite. After this and any other error all variables
 *   (weights, slots, moving statistics) are as they were.
 */
export async function trainStep(
  state: TrainState,
  batch: TrainBatch,
  hyper: StepHyper,
  { observe = false }: { readonly observe?: boolean } = {},
): Promise<StepResult> {
  return await withLossScale(state.lossScale_1, state.step + 1, async () => {
    const held = new HeldTensors();
    const before = copies(state.statistics, held);
    try {
      return await makeStep(state, batch, hyper, observe, held);
    } catch (error) {
      assign(before);
      throw error;
    } finally {
      held.dispose();
    }
  });
}

/** @param held Disposes what the step leaves, whether it succeeds or not. */
async function makeStep(
  state: TrainState,
  batch: TrainBatch,
  hyper: StepHyper,
  observe: boolean,
  held: HeldTensors,
): Promise<StepResult> {
  const photos = batch.images.shape[0];
  const labelled = batch.teacher ? Math.min(photos, batch.labels.size) : photos;
  checkLabels(batch.labels, [labelled, state.head_DN.shape[1]]);
  const microBatches = await splitBatch(batch, hyper.accumulateSteps ?? 1, held);
  const M = microBatches.length;
  const readings: Reading[] = [];
  const embeddings: tf.Tensor2D[] = [];
  let measured: Measured | undefined;
  let sum: tf.Tensor[] | undefined;
  for (const [m, microBatch] of microBatches.entries()) {
    // A lazy backend computes a micro-batch when it is read: of those before the last, only the sums stay in memory.
    if (measured) readings.push(await readFinite(measured, state, hyper.learningRate));
    setDropoutStep(state.net.model, state.step * M + m);
    const computed = batchGradients(state, microBatch, hyper, observe);
    measured = held.hold(computed.measured);
    embeddings.push(...held.hold(computed.embeddings));
    sum = held.hold(accumulate(sum, computed.gradients, 1 / M));
  }
  const gradients = sum as tf.Tensor[];
  const { norms, updates } = tf.tidy(() => {
    const gradientNorm = globalNorm(gradients);
    const norms = { gradientNorm, ...(observe && variableNorms(gradients, state.trainable)) };
    const clipped = clipByNorm(gradients, gradientNorm, hyper.clipNorm);
    return { norms, updates: nextValues(state, clipped, hyper, embeddings, batch.labels) };
  });
  held.hold(updates.map(({ next }) => next));
  tf.dispose(gradients);
  readings.push(await readFinite({ ...(measured as Measured), ...norms }, state, hyper.learningRate));
  if (state.norms_2) moveNormStatistics(state.norms_2, embeddings);
  assign(updates);
  state.step++;
  return stepResult(readings);
}

/** The values that variables have now. Clones share their variable's data, so that keeping them costs no copy. */
function copies(variables: readonly StateVariable[], held: HeldTensors): Update[] {
  return variables.map(({ variable }) => ({ variable, next: held.hold(tf.clone(variable)) }));
}

function assign(updates: readonly Update[]): void {
  for (const { variable, next } of updates) variable.assign(next);
}
