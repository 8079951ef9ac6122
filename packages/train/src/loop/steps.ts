import type { StreamBatch } from "@amface/data";
import type { Communicator } from "@amface/mpi";
import * as tf from "@tensorflow/tfjs-core";
import { learningRateAt, totalSteps, warmedUp } from "../config/learning-rate.ts";
import type { TrainConfig } from "../config/train-config.ts";
import type { StreamPosition } from "../photos/batch-stream.ts";
import { unlabelledPerStep } from "../photos/training-data.ts";
import type { Progress } from "../run/checkpoint-info.ts";
import { type EpochMetrics, epochMetrics, type StepMetrics, type StepRecord } from "../step/step-metrics.ts";
import type { TrainBatch } from "../step/train-batch.ts";
import type { TrainState } from "../step/train-state.ts";
import { trainStep } from "../step/train-step.ts";
import type { TrainStream } from "../teacher/taught-stream.ts";
import { announce } from "./command.ts";

/** What happens in a training, with where the run then stands. */
export type TrainEvent = { readonly progress: Progress } & (
  | { readonly kind: "batch"; readonly batch: StreamBatch; readonly at: StreamPosition }
  | { readonly kind: "step"; readonly batch: StreamBatch; readonly metrics: StepMetrics }
  | { readonly kind: "lastStep" }
  | { readonly kind: "epoch"; readonly metrics: EpochMetrics }
);

/** What is trained, with what, and from where. */
export interface Training {
  readonly config: TrainConfig;
  readonly state: TrainState;
  readonly stream: TrainStream;
  readonly processes: Communicator;
  /** Batches an epoch. */
  readonly stepsPerEpoch: number;
  /** What the learning rate is multiplied with, 1 as a rule. */
  readonly rateFactor: number;
  /** Whether the step of this number, counted from 1, is to be measured in detail. */
  readonly observes: (step: number) => boolean;
  /** Where the run stands. */
  readonly start: Progress;
  /** Steps of the epoch in progress that earlier sessions made. */
  readonly earlier: readonly StepRecord[];
}

/**
 * Trains epoch by epoch from `start` to the run's last step, or until the signal, which takes effect after the step in
 * progress. Each thing that happens is told when it has happened, and the training waits until whoever is told asks for
 * the next:
 *
 * - `batch`: about to be used; `at` is its place in the stream
 * - `step`: made; the batch is borrowed, and disposed afterwards
 * - `lastStep`: the steps of an epoch are done, what comes at its end is not
 * - `epoch`: a whole one, or the last where `maxSteps` ends it early
 *
 * @throws {NonFiniteLossError} When the loss is not finite.
 */
export async function* steps(training: Training, signal?: AbortSignal): AsyncGenerator<TrainEvent, void> {
  const { config, state, stream, stepsPerEpoch, start, earlier } = training;
  const total = totalSteps(config, stepsPerEpoch);
  let { epoch, batchInEpoch, seconds, ending = false } = start;
  let made = [...earlier];
  const progress = (): Progress => {
    const { pass, batch } = stream.position;
    const at = { step: state.step, epoch, batchInEpoch, pass, batchInPass: batch, seconds };
    return ending ? { ...at, ending } : at;
  };
  while (ending || state.step < total) {
    while (!ending && batchInEpoch < stepsPerEpoch && state.step < total) {
      if (signal?.aborted) return;
      const asked = performance.now();
      const at = stream.position;
      const batch = await stream.next();
      batchInEpoch++;
      if (batch === undefined) continue; // left out
      try {
        yield { kind: "batch", progress: progress(), batch, at };
        const metrics = await measuredStep(training, batch, { epoch, at, asked });
        seconds += metrics.seconds;
        const { details: _, ...record } = metrics;
        made.push(record);
        yield { kind: "step", progress: progress(), batch, metrics };
      } finally {
        tf.dispose([batch.images, batch.labels, batch.teacher]);
      }
    }
    if (!ending && made.length > 0) {
      ending = true;
      yield { kind: "lastStep", progress: progress() };
    }
    if (signal?.aborted) return;
    const isTold = ending;
    ending = false;
    if (batchInEpoch === stepsPerEpoch) [epoch, batchInEpoch] = [epoch + 1, 0];
    if (isTold) yield { kind: "epoch", progress: progress(), metrics: epochMetrics(made) };
    made = [];
  }
}

/** @param asked When the wait for the batch began, on `performance`'s clock. */
async function measuredStep(
  { config, state, processes, stepsPerEpoch, rateFactor, observes }: Training,
  batch: StreamBatch & TrainBatch,
  { epoch, at, asked }: { epoch: number; at: StreamPosition; asked: number },
): Promise<StepMetrics> {
  const dataSeconds = (performance.now() - asked) / 1000;
  const scheduled = learningRateAt(state.step, config, stepsPerEpoch) as number; // there before the last step
  const learningRate = scheduled * rateFactor;
  const hyper = { ...warmUps(state.step, config), learningRate };
  const observe = observes(state.step + 1);
  await announce(processes, { kind: "step", hyper, observe });
  const result = await trainStep(state, batch, { ...config, ...hyper }, { observe, processes });
  const seconds = (performance.now() - asked) / 1000;
  return {
    step: state.step,
    epoch,
    pass: at.pass,
    batchInPass: at.batch,
    ...result,
    learningRate,
    dataSeconds,
    seconds,
    imagesPerSecond: (config.batchSize + unlabelledPerStep(config)) / seconds,
  };
}

/** Margin and scale of the step that follows `step` steps, as far as the loss has them. */
function warmUps(step: number, config: TrainConfig): { margin?: number; scale?: number } {
  const { margin, marginStart, marginWarmupSteps, scale, scaleStart, scaleWarmupSteps } = config;
  return {
    ...(margin !== undefined && {
      margin: warmedUp(step, { from: marginStart, to: margin, steps: marginWarmupSteps }),
    }),
    ...(scale !== undefined && {
      scale: warmedUp(step, { from: scaleStart, to: scale, steps: scaleWarmupSteps }),
    }),
  };
}
