import { checkLabels } from "@amface/loss";
import { type Communicator, ONE_PROCESS } from "@amface/mpi";
import { setDropoutStep } from "@amface/nets";
import * as tf from "@tensorflow/tfjs-core";
import type { Compression } from "../processes/shared-sum.ts";
import { batchGradients, type LossHyper } from "./batch-gradients.ts";
import { batchInParts, type PartedBatch } from "./batch-in-parts.ts";
import { clipByNorm, clipFactor, globalNorm, variableNorms } from "./gradient-sum.ts";
import { withHeadSample } from "./head-sample.ts";
import { moveShards } from "./head-shards.ts";
import { HeldTensors } from "./held-tensors.ts";
import { withLossScale } from "./loss-scale.ts";
import { nextValues, type UpdateHyper } from "./next-values.ts";
import { moveNormStatistics } from "./norm-statistics.ts";
import type { Update } from "./optimizer.ts";
import { checkFinite, readTogether } from "./read-finite.ts";
import type { StateVariable } from "./state-variable.ts";
import { type Measured, type Reading, type StepResult, stepResult } from "./step-result.ts";
import type { TrainBatch } from "./train-batch.ts";
import type { TrainState } from "./train-state.ts";

/** What a step needs to know besides state and batch. */
export interface StepHyper extends LossHyper, UpdateHyper {
  /** Micro-batches into which the batch is split; their mean gradient makes the update. 1 by default. */
  readonly accumulateSteps?: number | undefined;
  /** How gradients travel between processes; `none` by default. */
  readonly gradientCompression?: Compression;
  /** Length to which the gradient of all variables together is cut. */
  readonly clipNorm?: number | undefined;
}

export interface StepOptions {
  /** Measure angles and norms too, in the same read. */
  readonly observe?: boolean;
  /** Among which the micro-batches are shared; all make the same step. This process alone by default. */
  readonly processes?: Communicator;
}

/**
 * Applies one update to net and head, with the state's loss and weight decay on kernels and head: as an L2 penalty in
 * the loss, or by the optimizer where that decouples it. Where convolutions compute in float16 and a gradient overflows,
 * the step is made again with half of the loss's factor. With a sampled head, all of it is about the identities that the step
 * draws: weights and velocities of the others stay as they are. Of a sharded head each process moves its own blocks.
 *
 * @param batch `images` `[B, H, W, 3]` float32, `labels` `[B]` int32, with a teacher `teacher` `[B, D]` and maybe fewer
 *   labels; of several processes, `images` of this one's micro-batches alone. Borrowed, not disposed.
 * @returns The measurements, read from the device.
 * @throws {RangeError} When a label is not one of the head's identities, or the batch does not split evenly.
 * @throws {NonFiniteLossError} When loss or gradient is not finite. After this and any other error all variables
 *   (weights, slots, moving statistics) are as they were.
 */
export async function trainStep(
  state: TrainState,
  batch: TrainBatch,
  hyper: StepHyper,
  { observe = false, processes = ONE_PROCESS }: StepOptions = {},
): Promise<StepResult> {
  return await withHeadSample(state, batch, (batch) =>
    withLossScale(state.lossScale_1, state.step + 1, async () => {
      const held = new HeldTensors();
      const before = copies(state.statistics, held);
      try {
        return await makeStep(state, batch, hyper, { observe, processes }, held);
      } catch (error) {
        assign(before);
        throw error;
      } finally {
        held.dispose();
      }
    }),
  );
}

/** @param held Disposes what the step leaves, whether it succeeds or not. */
async function makeStep(
  state: TrainState,
  batch: TrainBatch,
  hyper: StepHyper,
  { observe, processes }: Required<StepOptions>,
  held: HeldTensors,
): Promise<StepResult> {
  const photos = batch.images.shape[0];
  const labelled = batch.teacher || processes.size > 1 ? batch.labels.size : photos;
  checkLabels(batch.labels, [labelled, state.shards?.identities ?? state.head_DN.shape[1]]);
  const { accumulateSteps: total = 1 } = hyper;
  const { gradients, embeddings, readings, measured, headSquares } =
    total === 1 && !state.shards
      ? wholeBatch(state, batch, hyper, observe, held)
      : { ...(await batchInParts(state, batch, hyper, { total, observe, processes }, held)), measured: {} };
  for (const reading of readings) checkFinite(reading, state, hyper.learningRate);
  const { norms, updates } = tf.tidy(() => {
    const gradientNorm = globalNorm(gradients, headSquares);
    const norms = { gradientNorm, ...(observe && variableNorms(gradients, state.trainable)) };
    const clipped = clipByNorm(gradients, gradientNorm, hyper.clipNorm);
    return { norms, updates: nextValues(state, clipped, hyper, embeddings, batch.labels) };
  });
  held.hold(updates.map(({ next }) => next));
  tf.dispose(gradients);
  const last = { ...readings.at(-1), ...(await readTogether({ ...measured, ...norms })) } as Reading;
  checkFinite(last, state, hyper.learningRate);
  if (state.norms_2) moveNormStatistics(state.norms_2, embeddings);
  assign(updates);
  if (state.shards) {
    const factor = clipFactor(last.gradientNorm?.[0] ?? 0, hyper.clipNorm);
    await moveShards(state.shards, factor, { ...hyper, step: state.step + 1 });
  }
  state.step++;
  return stepResult([...readings.slice(0, -1), last]);
}

/** A batch as one graph together with the update, which nothing has read yet. */
function wholeBatch(
  state: TrainState,
  batch: TrainBatch,
  hyper: StepHyper,
  observe: boolean,
  held: HeldTensors,
): Omit<PartedBatch, "readings"> & {
  readonly readings: readonly [];
  readonly measured: Partial<Measured>;
} {
  setDropoutStep(state.net.model, state.step);
  const computed = batchGradients(state, batch, hyper, observe);
  for (const tensors of Object.values(computed)) held.hold(tensors);
  return { ...computed, readings: [] };
}

/** The values that variables have now. Clones share their variable's data, so that keeping them costs no copy. */
function copies(variables: readonly StateVariable[], held: HeldTensors): Update[] {
  return variables.map(({ variable }) => ({ variable, next: held.hold(tf.clone(variable)) }));
}

function assign(updates: readonly Update[]): void {
  for (const { variable, next } of updates) variable.assign(next);
}
