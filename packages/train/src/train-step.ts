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
import type { Update } from "./momentum.ts";
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
 * Applies one update of momentum gradient descent to net and head, with the AM-Softmax loss
 * (arXiv:1801.05599, eq. 6) and weight decay on kernels and head.
 *
 * @param batch `images` `[B, H, W, 3]` float32, `labels` `[B]` int32; borrowed, not disposed.
 * @returns The measurements, read from the device.
 * @throws {RangeError} When a label is not one of the head's identities.
 * @throws {NonFiniteLossError} When the loss is not finite. After this and any other error all variables
 *   (weights, velocities, moving statistics) are as they were.
 */
export async function trainStep(state: TrainState, batch: FaceBatch, hyper: StepHyper): Promise<StepScalars> {
  // Clones share their variable's data, so that keeping the old values costs no copy.
  const before = state.statistics.map(({ variable }) => ({ variable, next: tf.clone(variable) }));
  let step: Step | undefined;
  try {
    setDropoutStep(state.net.model, state.step);
    state.optimizer.setLearningRate(hyper.learningRate);
    checkLabels(batch.labels, [batch.images.shape[0], state.head_DN.shape[1]]);
    step = computeStep(state, batch, hyper);
    // The only read of a step. A lazy backend computes the whole step here, as everything between is disposed.
    const [loss, crossEntropy, accuracy, targetCosine] = await step.scalars.data();
    if (!Number.isFinite(loss)) throw new NonFiniteLossError(state.step + 1, loss, hyper.learningRate);
    assign(step.updates);
    state.step++;
    return { loss, crossEntropy, accuracy, targetCosine };
  } catch (error) {
    assign(before);
    throw error;
  } finally {
    step?.scalars.dispose();
    tf.dispose([before, step?.updates ?? []].flat().map(({ next }) => next));
  }
}

function assign(updates: readonly Update[]): void {
  for (const { variable, next } of updates) variable.assign(next);
}

interface Step {
  readonly updates: readonly Update[];
  /** `[4]`: loss, cross-entropy, accuracy, target cosine. */
  readonly scalars: tf.Tensor1D;
}

/** Loss, gradients and what they make of the variables; only moving statistics have changed afterwards. */
function computeStep(state: TrainState, { images, labels }: FaceBatch, hyper: StepHyper): Step {
  let scalars: tf.Tensor1D | undefined;
  const updates = tf.tidy<Update[]>(() => {
    const { grads } = state.optimizer.computeGradients(
      () => {
        const embeddings_BD = state.net.model.apply(images, { training: true }) as tf.Tensor2D;
        const cosine_BN = cosineLogits(embeddings_BD, state.head_DN);
        const margined_BN = applyMargin(cosine_BN, labels, cosFace(hyper.margin));
        const logits_BN = tf.mul<tf.Tensor2D>(margined_BN, hyper.scale);
        const entropy = crossEntropy(logits_BN, labels);
        const decay = l2Penalty(
          state.decayed.map(({ variable }) => variable),
          hyper.weightDecay,
        );
        const loss = tf.add<tf.Scalar>(entropy, decay);
        scalars = tf.keep(tf.stack([loss, entropy, ...match(cosine_BN, labels)]) as tf.Tensor1D);
        return loss;
      },
      state.trainable.map(({ variable }) => variable),
    );
    // The optimizer keeps its velocities by position: always all variables, always in the same order.
    return state.optimizer.updates(
      state.trainable.map(({ variable }) => ({ variable, gradient: grads[variable.name] })),
    );
  });
  return { updates, scalars: scalars as tf.Tensor1D };
}

/** Accuracy and mean cosine of the labelled identities. */
function match(cosine_BN: tf.Tensor2D, labels_B: tf.Tensor1D): tf.Scalar[] {
  const right_B = tf.equal(tf.argMax(cosine_BN, 1), labels_B);
  return [tf.mean(tf.cast(right_B, "float32")), tf.mean(targetValues(cosine_BN, labels_B))];
}
