import type { FaceBatch } from "@amface/data";
import {
  applyMargin,
  checkLabels,
  cosFace,
  cosineLogits,
  crossEntropy,
  l2Penalty,
  targetValues,
} from "@amface/loss";
import { setDropoutStep } from "@amface/nets";
import * as tf from "@tensorflow/tfjs-core";
import type { Update } from "./optimizer/optimizer.ts";
import type { TrainState } from "./train-state.ts";

/** What a step needs to know besides state and batch. */
export interface StepHyper {
  readonly learningRate: number;
  readonly margin: number;
  readonly scale: number;
  readonly weightDecay: number;
}

/** Measurements of one step, all before its update. */
export interface StepScalars {
  /** What was minimised: cross-entropy with weight decay. */
  readonly loss: number;
  /** AM-Softmax cross-entropy, in nats, mean over the batch. */
  readonly crossEntropy: number;
  /** Share of the batch whose own identity has the largest cosine, without the margin. */
  readonly accuracy: number;
  /** Mean cosine between embeddings and their own identity's class weights. */
  readonly targetCosine: number;
  /** Length of the gradient of all trainable variables together, weight decay in the loss included. */
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

/** A step whose loss was NaN or infinite. The state is as it was before that step. */
export class NonFiniteLossError extends Error {
  override readonly name = "NonFiniteLossError";
  readonly step: number;
  readonly loss: number;
  readonly learningRate: number;

  constructor(step: number, loss: number, learningRate: number) {
    super(
      `Cannot make training step ${step}: expected a finite loss, got ${loss} at learning rate ${learningRate}; ` +
        "weights and statistics are as before that step; lower the learning rate",
    );
    this.step = step;
    this.loss = loss;
    this.learningRate = learningRate;
  }
}

/**
 * Applies one update to net and head, with the AM-Softmax loss (arXiv:1801.05599, eq. 6) and weight decay on kernels
 * and head: as an L2 penalty in the loss, or by the optimizer where that decouples it.
 *
 * @param batch `images` `[B, H, W, 3]` float32, `labels` `[B]` int32; borrowed, not disposed.
 * @param observe Measure angles and norms too, in the same read.
 * @returns The measurements, read from the device.
 * @throws {RangeError} When a label is not one of the head's identities.
 * @throws {NonFiniteLossError} When the loss is not finite. After this and any other error all variables
 *   (weights, slots, moving statistics) are as they were.
 */
export async function trainStep(
  state: TrainState,
  batch: FaceBatch,
  hyper: StepHyper,
  { observe = false }: { readonly observe?: boolean } = {},
): Promise<StepResult> {
  // Clones share their variable's data, so that keeping the old values costs no copy.
  const before = state.statistics.map(({ variable }) => ({ variable, next: tf.clone(variable) }));
  let step: Step | undefined;
  try {
    setDropoutStep(state.net.model, state.step);
    checkLabels(batch.labels, [batch.images.shape[0], state.head_DN.shape[1]]);
    step = computeStep(state, batch, hyper, observe);
    // The only read of a step. A lazy backend computes the whole step here, as everything between is disposed.
    const values = (await step.measured.data()) as Float32Array;
    const [loss, crossEntropy, accuracy, targetCosine, gradientNorm] = values;
    if (!Number.isFinite(loss)) throw new NonFiniteLossError(state.step + 1, loss, hyper.learningRate);
    assign(step.updates);
    state.step++;
    const scalars = { loss, crossEntropy, accuracy, targetCosine, gradientNorm };
    return observe ? { ...scalars, details: detailsOf(values.subarray(5), batch.labels.size) } : scalars;
  } catch (error) {
    assign(before);
    throw error;
  } finally {
    step?.measured.dispose();
    tf.dispose([before, step?.updates ?? []].flat().map(({ next }) => next));
  }
}

function assign(updates: readonly Update[]): void {
  for (const { variable, next } of updates) variable.assign(next);
}

/** What `computeStep` put behind the scalars, taken apart. */
function detailsOf(values: Float32Array, batchSize: number): StepDetails {
  const norms = values.subarray(2 * batchSize);
  return {
    targetAngles: values.slice(0, batchSize),
    otherAngles: values.slice(batchSize, 2 * batchSize),
    gradientNorms: norms.slice(0, norms.length / 2),
    weightNorms: norms.slice(norms.length / 2),
  };
}

interface Step {
  readonly updates: readonly Update[];
  /** Loss, cross-entropy, accuracy, target cosine and gradient norm; observed, the details in their order too. */
  readonly measured: tf.Tensor1D;
}

/** Loss, gradients and what they make of the variables; only moving statistics have changed afterwards. */
function computeStep(
  state: TrainState,
  { images, labels }: FaceBatch,
  { learningRate, weightDecay, margin, scale }: StepHyper,
  observe: boolean,
): Step {
  const { optimizer } = state;
  const variables = state.trainable.map(({ variable }) => variable);
  let measured: tf.Tensor1D | undefined;
  const updates = tf.tidy<Update[]>(() => {
    let parts: tf.Tensor[] = [];
    const { value, grads } = tf.variableGrads(() => {
      const embeddings_BD = state.net.model.apply(images, { training: true }) as tf.Tensor2D;
      const cosine_BN = cosineLogits(embeddings_BD, state.head_DN);
      const margined_BN = applyMargin(cosine_BN, labels, cosFace(margin));
      const logits_BN = tf.mul<tf.Tensor2D>(margined_BN, scale);
      const entropy = crossEntropy(logits_BN, labels);
      parts = [entropy, ...match(cosine_BN, labels), ...(observe ? angles(cosine_BN, labels) : [])];
      for (const part of parts) tf.keep(part);
      if (optimizer.decouplesDecay) return entropy;
      const decayed = state.decayed.map(({ variable }) => variable);
      return tf.add<tf.Scalar>(entropy, l2Penalty(decayed, weightDecay));
    }, variables);
    const gradients = variables.map(({ name }) => grads[name]);
    const [entropy, accuracy, cosine, ...observed] = parts;
    const scalars = [value, entropy, accuracy, cosine, length(gradients)];
    const norms = observe ? [gradients, variables].map((list) => tf.stack(list.map((x) => length([x])))) : [];
    measured = tf.keep(tf.concat([tf.stack(scalars), ...observed, ...norms]) as tf.Tensor1D);
    tf.dispose(parts);
    return optimizer.updates(gradients, { learningRate, step: state.step + 1, weightDecay });
  });
  return { updates, measured: measured as tf.Tensor1D };
}

/** Length of a vector that lies in several tensors: √Σx². */
const length = (tensors: tf.Tensor[]) => tf.sqrt(tf.mul(l2Penalty(tensors, 1), 2));

/** Accuracy and mean cosine of the labelled identities. */
function match(cosine_BN: tf.Tensor2D, labels_B: tf.Tensor1D): tf.Scalar[] {
  const right_B = tf.equal(tf.argMax(cosine_BN, 1), labels_B);
  return [tf.mean(tf.cast(right_B, "float32")), tf.mean(targetValues(cosine_BN, labels_B))];
}

/** Angles to the labelled identities and to the nearest others, in radians. */
function angles(cosine_BN: tf.Tensor2D, labels_B: tf.Tensor1D): tf.Tensor[] {
  const others_BN = applyMargin(cosine_BN, labels_B, (own_B) => ({ cosine_B: tf.neg(tf.onesLike(own_B)) }));
  return [tf.acos(targetValues(cosine_BN, labels_B)), tf.acos(tf.max(others_BN, 1))];
}
