import type { StreamBatch } from "@amface/data";
import * as tf from "@tensorflow/tfjs-core";
import { learningRateAt, totalSteps, warmedUp } from "../config/learning-rate.ts";
import type { TrainConfig } from "../config/train-config.ts";
import type { BatchStream, StreamPosition } from "../photos/batch-stream.ts";
import type { Progress } from "../run/checkpoint.ts";
import type { TrainState } from "../step/train-state.ts";
import { type StepResult, trainStep } from "../step/train-step.ts";

/** Measurements of one step. */
export interface StepMetrics extends StepResult {
  /** Steps done, this one included. */
  readonly step: number;
  /** The epoch that the step belongs to, counted from 0. */
  readonly epoch: number;
  /** Where the step's batch stands in the stream: passes over the photos before it, and batches of its pass. */
  readonly pass: number;
  readonly batchInPass: number;
  readonly learningRate: number;
  /** Seconds in which the step waited for its photos. */
  readonly dataSeconds: number;
  /** Seconds of the step, waiting included. */
  readonly seconds: number;
  readonly imagesPerSecond: number;
}

/** Means over the steps of one epoch, those of earlier sessions included. */
export interface EpochMetrics extends StepMetrics {
  /** Steps of this epoch. */
  readonly steps: number;
}

/** What the loop needs and whom it tells. */
export interface TrainLoop {
  readonly config: TrainConfig;
  readonly state: TrainState;
  readonly stream: BatchStream;
  /** Batches an epoch. */
  readonly stepsPerEpoch: number;
  readonly start: Progress;
  /** Steps of the epoch in progress that earlier sessions made. */
  readonly earlier: readonly StepMetrics[];
  readonly signal?: AbortSignal | undefined;
  /** Whether the step of this number, counted from 1, is to be measured in detail. */
  readonly observes: (step: number) => boolean;
  /** What the learning rate is multiplied with, 1 as a rule. */
  readonly rateFactor: number;
  /** Called before a batch is used, with its place in the stream. */
  readonly onBatch: (batch: StreamBatch, at: StreamPosition) => void;
  /** Called after every step, with where the run then stands; the batch is borrowed. */
  readonly onStep: (metrics: StepMetrics, batch: StreamBatch, progress: Progress) => Promise<void>;
  /** Called when the steps of an epoch are done, before `onEpoch`, with where the run then stands. */
  readonly onLastStep: (progress: Progress) => Promise<void>;
  /** Called after every whole epoch, and the last where `maxSteps` ends it early, with where the run then stands. */
  readonly onEpoch: (metrics: EpochMetrics, progress: Progress) => Promise<void>;
}

/** Where the loop ended. */
export interface LoopEnd {
  readonly progress: Progress;
  /** Whether a signal ended it, and not its last epoch. */
  readonly aborted: boolean;
}

/**
 * Trains epoch by epoch from `start` to the run's last step, or the signal, which takes effect after the step in
 * progress.
 */
export async function trainLoop(loop: TrainLoop): Promise<LoopEnd> {
  const { config, state, stream, stepsPerEpoch, signal } = loop;
  let { epoch, batchInEpoch, seconds } = loop.start;
  const progress = (ending = false): Progress => {
    const { pass, batch } = stream.position;
    const at = { step: state.step, epoch, batchInEpoch, pass, batchInPass: batch, seconds };
    return ending ? { ...at, ending } : at;
  };
  const metrics = [...loop.earlier];
  const end = totalSteps(config, stepsPerEpoch);
  let { ending = false } = loop.start;
  while (ending || state.step < end) {
    if (signal?.aborted) return { progress: progress(ending), aborted: true };
    if (!ending) {
      const start = performance.now();
      const at = stream.position;
      const batch = await stream.next();
      batchInEpoch++;
      if (batch !== undefined) {
        try {
          loop.onBatch(batch, at);
          const step = await makeStep(loop, batch, { epoch, at, start });
          seconds += step.seconds;
          const { details: _, ...kept } = step;
          metrics.push(kept);
          await loop.onStep(step, batch, progress());
        } finally {
          tf.dispose([batch.images, batch.labels]);
        }
      }
      if (batchInEpoch < stepsPerEpoch && state.step < end) continue;
      ending = metrics.length > 0;
      if (ending) await loop.onLastStep(progress(ending));
      if (ending) continue; // by way of the signal
    }
    if (batchInEpoch === stepsPerEpoch) [epoch, batchInEpoch] = [epoch + 1, 0];
    if (ending) await loop.onEpoch(epochMetrics(metrics), progress());
    ending = false;
    metrics.length = 0;
  }
  return { progress: progress(), aborted: false };
}

/** @param start When the wait for the batch began, on `performance`'s clock. */
async function makeStep(
  { config, state, stepsPerEpoch, rateFactor, observes }: TrainLoop,
  batch: StreamBatch,
  { epoch, at, start }: { epoch: number; at: StreamPosition; start: number },
): Promise<StepMetrics> {
  const dataSeconds = (performance.now() - start) / 1000;
  const photos = batch.labels.size;
  const scheduled = learningRateAt(state.step, config, stepsPerEpoch) as number; // there before the last step
  const learningRate = scheduled * rateFactor;
  const hyper = { ...config, ...warmUps(state.step, config), learningRate };
  const result = await trainStep(state, batch, hyper, { observe: observes(state.step + 1) });
  const seconds = (performance.now() - start) / 1000;
  const imagesPerSecond = photos / seconds;
  return {
    step: state.step,
    epoch,
    pass: at.pass,
    batchInPass: at.batch,
    ...result,
    learningRate,
    dataSeconds,
    seconds,
    imagesPerSecond,
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

/** Means, except for step, epoch, batch and learning rate, which are the last step's, and seconds, which are sums. */
export function epochMetrics(metrics: readonly StepMetrics[]): EpochMetrics {
  const { details: _, ...last } = metrics[metrics.length - 1];
  const sum = (key: Exclude<keyof StepMetrics, "details">) =>
    metrics.reduce((total, step) => total + step[key], 0);
  const mean = (key: Parameters<typeof sum>[0]) => sum(key) / metrics.length;
  const images = metrics.reduce((total, step) => total + step.imagesPerSecond * step.seconds, 0);
  return {
    ...last,
    loss: mean("loss"),
    crossEntropy: mean("crossEntropy"),
    accuracy: mean("accuracy"),
    targetCosine: mean("targetCosine"),
    gradientNorm: mean("gradientNorm"),
    dataSeconds: sum("dataSeconds"),
    seconds: sum("seconds"),
    imagesPerSecond: images / sum("seconds"),
    steps: metrics.length,
  };
}
