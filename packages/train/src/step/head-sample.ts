import { type IdleMotion, SampledHead } from "@amface/loss";
import * as tf from "@tensorflow/tfjs-core";
import type { Optimizer } from "./optimizer.ts";
import type { StateVariable } from "./state-variable.ts";
import type { TrainBatch } from "./train-batch.ts";

/** The head of which every step trains a part, and the variables `[D, S]` in which that part lies meanwhile. */
export interface HeadSampling {
  readonly head: SampledHead;
  readonly weights_DS: tf.Variable;
  readonly velocities_DS: tf.Variable;
  /** How the optimizer moves what a step does not draw. */
  readonly idle: Omit<IdleMotion, "learningRate">;
}

/** What of a training state concerns a sampled head. */
interface MaybeSampled {
  readonly sampling?: HeadSampling | undefined;
  /** Steps done so far. */
  readonly step: number;
}

/**
 * A sampled head of `[D, N]`, which starts as a whole one does.
 *
 * @param head The variable `[D, S]` of its class weights, which the optimizer changes.
 * @throws {RangeError} When the optimizer keeps something else of it than velocities.
 */
export function createSampling(
  head: StateVariable,
  { name: optimizer, slots, settings }: Optimizer,
  { identities, rate, seed }: { identities: number; rate: number; seed: number },
): HeadSampling {
  const [slot, ...others] = slots.filter(({ name }) => name.endsWith(`/${head.name}`));
  if (slot?.name !== `velocity/${head.name}` || others.length > 0) {
    throw new RangeError(`Cannot sample the head: expected optimizer momentum or nesterov, got ${optimizer}`);
  }
  const [embeddingSize] = head.variable.shape;
  const deviation = Math.sqrt(2 / (embeddingSize + identities)); // Xavier's
  return {
    head: new SampledHead({ embeddingSize, identities, rate, seed, deviation }),
    weights_DS: head.variable,
    velocities_DS: slot.variable,
    idle: { momentum: settings.momentum ?? 0, useNesterov: optimizer === "nesterov" },
  };
}

/** How many identities every step of a sampled head scores; a batch may have no more. */
export function sampleSize(identities: number, rate: number): number {
  return Math.max(2, Math.round(rate * identities));
}

/** What a checkpoint holds of a sampled head: class weights and velocities, a row `[D]` an identity, and when each was drawn. */
export function sampledTensors({
  sampling,
}: MaybeSampled): { name: string; shape: number[]; data: Float32Array }[] {
  if (!sampling) return [];
  const { weights, velocities, steps, options } = sampling.head;
  const shape = [options.identities, options.embeddingSize];
  return [
    { name: "head-rows", shape, data: weights },
    { name: "velocity/head-rows", shape, data: velocities },
    { name: "head-steps", shape: [options.identities], data: steps },
  ];
}

/** The variables in which a sample lies are no part of what lasts: their values are in the head. */
export function withoutSample(
  variables: readonly StateVariable[],
  sampling: HeadSampling | undefined,
): StateVariable[] {
  const passing: readonly unknown[] = [sampling?.weights_DS, sampling?.velocities_DS];
  return variables.filter(({ variable }) => !passing.includes(variable));
}

/**
 * Makes a step with the part of the head that it draws, the labels being places in it; with the whole head where the
 * state has no other. What was not drawn for some steps is first moved as momentum would have. Only after a step that
 * succeeds does the head have its new values.
 *
 * @throws {RangeError} When a label is not one of the head's identities, or the batch has more of them than a sample.
 */
export async function withHeadSample<T>(
  { sampling, step }: MaybeSampled,
  batch: TrainBatch,
  learningRate: number,
  makeStep: (batch: TrainBatch) => Promise<T>,
): Promise<T> {
  if (!sampling) return await makeStep(batch);
  const { head, weights_DS, velocities_DS } = sampling;
  const idle = { ...sampling.idle, learningRate };
  const { identities, rows_SD, labels_B } = head.sample(await batch.labels.data(), step, idle);
  try {
    if (identities.length !== weights_DS.shape[1]) {
      throw new RangeError(
        `Cannot sample the head: expected ${weights_DS.shape[1]} identities or fewer in a batch, got ${identities.length}`,
      );
    }
    tf.tidy(() => {
      weights_DS.assign(tf.transpose(rows_SD));
      velocities_DS.assign(tf.transpose(head.velocitiesOf(identities, step, idle)));
    });
    const result = await makeStep({ ...batch, labels: labels_B });
    const moved = tf.tidy(() => [weights_DS, velocities_DS].map((values) => tf.transpose(values)));
    const [rows, velocities] = await Promise.all(moved.map((values) => values.data()));
    tf.dispose(moved);
    head.assign(identities, rows as Float32Array, velocities as Float32Array, step + 1);
    return result;
  } finally {
    tf.dispose([rows_SD, labels_B]);
  }
}
