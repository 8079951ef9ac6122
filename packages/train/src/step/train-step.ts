import type { FaceBatch } from "@amface/data";
import { checkLabels } from "@amface/loss";
import { setDropoutStep } from "@amface/nets";
import * as tf from "@tensorflow/tfjs-core";
import { splitBatch } from "../split-batch.ts";
import { moveLengths } from "./embedding-lengths.ts";
import { lossScaleOf, lowerLossScale, raiseLossScale, setLossScale } from "./loss-scale.ts";
import type { Update } from "./optimizer.ts";
import { disposePart, type StepHyper, type StepPart, stepPart } from "./step-part.ts";
import type { TrainState } from "./train-state.ts";

/** Measurements of one step, all before its update. */
export interface StepScalars {
  /** What was minimised: cross-entropy with weight decay and center loss. */
  readonly loss: number;
  /** Cross-entropy, in nats, mean over the batch. */
  readonly crossEntropy: number;
  /** Share of the batch whose own identity has the largest cosine (logit of plain softmax), without the margin. */
  readonly accuracy: number;
  /** Mean cosine between embeddings and their own identity's class weights. */
  readonly targetCosine: number;
  /** Length of the gradient of all trainable variables together, before clipping, weight decay in the loss included. */
  readonly gradientNorm: number;
}

/** What a step that is observed tells besides; lists of variables are in the order of `state.trainable`. */
export interface StepDetails {
  /** Angles θ in radians `[B]` between embeddings and their own identity's class weights. */
  readonly targetAngles: Float32Array;
  /** The same `[B]` with the nearest other identity's. */
  readonly otherAngles: Float32Array;
  /** Length of each trainable variable's gradient. */
  readonly gradientNorms: Float32Array;
  /** Length of each trainable variable before the update. */
  readonly weightNorms: Float32Array;
}

export interface StepResult extends StepScalars {
  /** Where the step is observed. */
  readonly details?: StepDetails;
}

/** A step whose loss, or gradient, was NaN or infinite. The state is as it was before that step. */
export class NonFiniteLossError extends Error {
  override readonly name = "NonFiniteLossError";
  readonly step: number;
  readonly loss: number;
  readonly learningRate: number;
  /** Of a step whose loss is finite. */
  readonly gradientNorm: number | undefined;

  /** @param inFloat16 Whether convolutions computed in float16, which overflows beyond 65,504. */
  constructor(step: number, loss: number, learningRate: number, gradientNorm?: number, inFloat16 = false) {
    const got = gradientNorm === undefined ? `${loss}` : `${loss} with a gradient of length ${gradientNorm}`;
    super(
      `Cannot make training step ${step}: expected a finite loss, got ${got} at learning rate ${learningRate}; weights ` +
        `and statistics are as before that step; lower the learning rate${inFloat16 ? ", or train in float32" : ""}`,
    );
    this.step = step;
    this.loss = loss;
    this.learningRate = learningRate;
    this.gradientNorm = gradientNorm;
  }
}

/**
 * Applies one update to net and head, with the state's loss and weight decay on kernels and head: as an L2 penalty in
 * the loss, or by the optimizer where that decouples it. Where convolutions compute in float16 and a gradient overflows,
 * the step is made again with half of the loss's factor.
 *
 * @param batch `images` `[B, H, W, 3]` float32, `labels` `[B]` int32; borrowed, not disposed.
 * @param observe Measure angles and norms too, in the same read.
 * @returns The measurements, read from the device.
 * @throws {RangeError} When a label is not one of the head's identities, or the batch does not split evenly.
 * @throws {NonFiniteLossError} When loss or gradient is not finite. After this and any other error all variables
 *   (weights, slots, moving statistics) are as they were.
 */
export async function trainStep(
  state: TrainState,
  batch: FaceBatch,
  hyper: StepHyper,
  { observe = false }: { readonly observe?: boolean } = {},
): Promise<StepResult> {
  const scale = lossScaleOf(state);
  for (;;) {
    try {
      const result = await tryStep(state, batch, hyper, observe);
      raiseLossScale(state);
      return result;
    } catch (error) {
      const overflown = error instanceof NonFiniteLossError && error.gradientNorm !== undefined;
      if (overflown && lowerLossScale(state)) continue;
      if (scale !== undefined) setLossScale(state, scale);
      throw error;
    }
  }
}

async function tryStep(
  state: TrainState,
  batch: FaceBatch,
  hyper: StepHyper,
  observe: boolean,
): Promise<StepResult> {
  // Clones share their variable's data, so that keeping the old values costs no copy.
  const before = state.statistics.map(({ variable }) => ({ variable, next: tf.clone(variable) }));
  const parts: StepPart[] = [];
  let batches: FaceBatch[] = [];
  try {
    checkLabels(batch.labels, [batch.images.shape[0], state.head_DN.shape[1]]);
    batches = await splitBatch(batch, hyper.accumulateSteps ?? 1);
    const readings: Float32Array[] = [];
    for (const [i, part] of batches.entries()) {
      setDropoutStep(state.net.model, state.step * batches.length + i);
      const labels = i === batches.length - 1 ? batch.labels : undefined;
      const options = { observe, share: 1 / batches.length, before: parts, labels };
      const next = stepPart(state, part, hyper, options);
      tf.dispose([...(parts.at(-1)?.gradients ?? [])]);
      parts.push(next);
      // The only read of a part. A lazy backend computes all of it here, as everything between is disposed.
      readings.push((await next.measured.data()) as Float32Array);
      checkFinite(state, readings[i], hyper.learningRate, labels !== undefined);
    }
    if (state.lengths_2)
      moveLengths(
        state.lengths_2,
        parts.flatMap(({ embeddings }) => embeddings),
      );
    assign(parts[parts.length - 1].updates);
    state.step++;
    return resultOf(readings, batches[0].labels.size, observe);
  } catch (error) {
    assign(before);
    throw error;
  } finally {
    parts.forEach(disposePart);
    tf.dispose(before.map(({ next }) => next));
    for (const { images, labels } of batches) if (images !== batch.images) tf.dispose([images, labels]);
  }
}

function assign(updates: readonly Update[]): void {
  for (const { variable, next } of updates) variable.assign(next);
}

function checkFinite(
  { step, lossScale_1 }: TrainState,
  [loss, , , , norm]: Float32Array,
  rate: number,
  last: boolean,
): void {
  const fail = (norm?: number) => {
    throw new NonFiniteLossError(step + 1, loss, rate, norm, lossScale_1 !== undefined);
  };
  if (!Number.isFinite(loss)) fail();
  if (last && !Number.isFinite(norm)) fail(norm);
}

/** What the parts of a step measured, as `StepPart.measured` has it, taken together. */
function resultOf(readings: readonly Float32Array[], partSize: number, observe: boolean): StepResult {
  const [loss, crossEntropy, accuracy, targetCosine] = [0, 1, 2, 3].map(
    (i) => readings.reduce((sum, values) => sum + values[i], 0) / readings.length,
  );
  const last = readings[readings.length - 1];
  const scalars = { loss, crossEntropy, accuracy, targetCosine, gradientNorm: last[4] };
  if (!observe) return scalars;
  const angles = readings.map((values) => values.subarray(values === last ? 5 : 4));
  const taken = (from: number) =>
    Float32Array.from(angles.flatMap((all) => [...all.subarray(from, from + partSize)]));
  const norms = last.subarray(5 + 2 * partSize);
  return {
    ...scalars,
    details: {
      targetAngles: taken(0),
      otherAngles: taken(partSize),
      gradientNorms: norms.slice(0, norms.length / 2),
      weightNorms: norms.slice(norms.length / 2),
    },
  };
}
