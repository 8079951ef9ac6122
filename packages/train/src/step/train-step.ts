import { checkLabels } from "@amface/loss";
import { type Communicator, ONE_PROCESS } from "@amface/mpi";
import { compiled, drawDropoutNoise, setDropoutStep } from "@amface/nets";
import * as tf from "@tensorflow/tfjs-core";
import type { Compression } from "../processes/shared-sum.ts";
import { batchGradients, type LossHyper, lossNumbersOf, type ScoredBatch } from "./batch-gradients.ts";
import { batchInParts, type PartsOptions } from "./batch-in-parts.ts";
import { clipByNorm, clipFactor, globalNorm, variableNorms } from "./gradient-sum.ts";
import { withHeadSample } from "./head-sample.ts";
import { moveShards } from "./head-shards.ts";
import { HeldTensors } from "./held-tensors.ts";
import { withLossScale } from "./loss-scale.ts";
import {
  movedVariables,
  nextValues,
  type UpdateHyper,
  type UpdateNumbers,
  type UpdateSources,
  updateNumbers,
} from "./next-values.ts";
import { checkFinite, joined, readJoined } from "./read-finite.ts";
import { type Measured, type Reading, type StepResult, stepResult } from "./step-result.ts";
import type { TrainBatch } from "./train-batch.ts";
import type { FixedState, TrainState } from "./train-state.ts";

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
 * draws: the others catch up with their momentum when they are drawn. Of a sharded head each process moves its own blocks.
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
  { images, labels, teacher }: TrainBatch,
  hyper: StepHyper,
  { observe = false, processes = ONE_PROCESS }: StepOptions = {},
): Promise<StepResult> {
  return await withHeadSample(state, { images, labels, teacher }, hyper.learningRate, (batch) =>
    withLossScale(state.lossScale_1, state.step + 1, async () => {
      const held = new HeldTensors();
      try {
        return await makeStep(state, batch, hyper, { observe, processes }, held);
      } finally {
        held.dispose();
      }
    }),
  );
}

/**
 * Nothing is assigned before all is computed and read.
 *
 * @param held Disposes what the step leaves, whether it succeeds or not.
 */
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
  const { learningRate, accumulateSteps: total = 1, ...settings } = hyper;
  const update = updateNumbers(state, hyper);
  held.hold(Object.values(update.optimizer));
  if (update.keep) held.hold(update.keep);
  const { readings, computed } =
    total === 1 && !state.shards
      ? { readings: [], computed: wholeBatch(state, batch, settings, { observe, update }, held) }
      : await inParts(state, batch, settings, { total, observe, processes, update, learningRate }, held);
  const { next, statistics, flat, sizes } = computed;
  const last = { ...readings.at(-1), ...(await readJoined({ flat, sizes })) } as Reading;
  checkFinite(last, state, learningRate);
  for (const [i, variable] of movedVariables(state).entries()) variable.assign(next[i]);
  for (const [i, { variable }] of state.statistics.entries()) variable.assign(statistics[i]);
  if (state.shards) {
    const factor = clipFactor(last.gradientNorm?.[0] ?? 0, hyper.clipNorm);
    await moveShards(state.shards, factor, { ...hyper, step: state.step + 1 });
  }
  state.step++;
  return stepResult([...readings.slice(0, -1), last]);
}

/** What of a step's hyper-parameters is seldom another than in the step before. */
type StepSettings = Omit<StepHyper, "learningRate" | "accumulateSteps">;

/** A batch as one graph together with the update, which nothing has read yet. */
function wholeBatch(
  state: TrainState,
  batch: TrainBatch,
  settings: StepSettings,
  { observe, update }: { observe: boolean; update: UpdateNumbers },
  held: HeldTensors,
) {
  setDropoutStep(state.net.model, state.step);
  const noise = held.hold(drawDropoutNoise(state.net.model, batch.images.shape[0]));
  const lossNumbers = held.hold(lossNumbersOf(state, settings));
  const graph = compiled(state as FixedState, stepGraph);
  const computed = graph({ ...batch, noise, lossNumbers }, settings, update, observe);
  for (const tensors of [computed.next, computed.statistics]) held.hold(tensors);
  return computed;
}

function stepGraph(
  state: FixedState,
  batch: ScoredBatch,
  settings: StepSettings,
  update: UpdateNumbers,
  observe: boolean,
) {
  const { measured, ...given } = batchGradients(state, batch, settings, observe);
  const updated = updateGraph(state, { ...given, labels: batch.labels, measured }, settings, update, observe);
  tf.dispose([measured, [...given.embeddings]]); // which are kept
  return { ...updated, statistics: given.statistics };
}

/** A batch in parts, each of which has been read, and the update from their mean. */
async function inParts(
  state: TrainState,
  batch: TrainBatch,
  settings: StepSettings,
  { update, learningRate, ...options }: PartsOptions & { update: UpdateNumbers; learningRate: number },
  held: HeldTensors,
) {
  const { readings, headSquares, ...given } = await batchInParts(state, batch, settings, options, held);
  for (const reading of readings) checkFinite(reading, state, learningRate);
  const squares = headSquares === undefined ? undefined : held.hold(tf.scalar(headSquares));
  const graph = compiled(state as FixedState, updateGraph);
  const sources = { ...given, labels: batch.labels, squares, measured: {} };
  const computed = graph(sources, settings, update, options.observe);
  held.hold(computed.next);
  tf.dispose(given.gradients); // before the read: a lazy backend frees them with it
  return { readings, computed: { ...given, ...computed } };
}

interface StepSources extends UpdateSources {
  readonly measured: Partial<Measured>;
  /** Σg² of gradients that lie elsewhere. */
  readonly squares?: tf.Scalar | undefined;
}

/** What gradients make of all variables, and the gradients' norms behind what else was measured. */
function updateGraph(
  state: FixedState,
  { measured, squares, ...sources }: StepSources,
  settings: StepSettings,
  update: UpdateNumbers,
  observe: boolean,
) {
  const { gradients } = sources;
  const gradientNorm = globalNorm(gradients, squares);
  const norms = { gradientNorm, ...(observe && variableNorms(gradients, state.trainable)) };
  const clipped = clipByNorm(gradients, gradientNorm, settings.clipNorm);
  const next = nextValues(state, { ...sources, gradients: clipped }, update, settings);
  return { ...joined({ ...measured, ...norms }), next };
}
