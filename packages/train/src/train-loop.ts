import type { StreamBatch } from "@amface/data";
import * as tf from "@tensorflow/tfjs-core";
import type { BatchStream } from "./batch-stream.ts";
import type { Progress } from "./checkpoint.ts";
import { learningRateAt } from "./schedule.ts";
import type { TrainConfig } from "./train-config.ts";
import type { TrainState } from "./train-state.ts";
import { type StepScalars, trainStep } from "./train-step.ts";

/** Measurements of one step. */
export interface StepMetrics extends StepScalars {
  /** Steps done, this one included. */
  readonly step: number;
  /** The epoch that the step belongs to, counted from 0. */
  readonly epoch: number;
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
  /** Called after every step, with where the run then stands; the batch is borrowed. */
  readonly onStep: (metrics: StepMetrics, batch: StreamBatch, progress: Progress) => Promise<void>;
  /** Called after every whole epoch, with where the run then stands. */
  readonly onEpoch: (metrics: EpochMetrics, progress: Progress) => Promise<void>;
}

/** Where the loop ended. */
export interface LoopEnd {
  readonly progress: Progress;
  /** Whether a signal ended it, and not its last epoch. */
  readonly aborted: boolean;
}

/**
 * Trains epoch by epoch from `start` to `maxNrofEpochs`, the end of the schedule, or the signal, which takes
 * effect after the step in progress.
 */
export async function trainLoop(loop: TrainLoop): Promise<LoopEnd> {
  const { config, state, stream, stepsPerEpoch, signal } = loop;
  let { epoch, batchInEpoch, seconds } = loop.start;
  const progress = (): Progress => {
    const { pass, batch } = stream.position;
    return { step: state.step, epoch, batchInEpoch, pass, batchInPass: batch, seconds };
  };
  const metrics = [...loop.earlier];
  for (; epoch < config.maxNrofEpochs; epoch++, batchInEpoch = 0) {
    const learningRate = learningRateAt(epoch, config);
    if (learningRate === undefined) break;
    while (batchInEpoch < stepsPerEpoch) {
      if (signal?.aborted) return { progress: progress(), aborted: true };
      const start = performance.now();
      const batch = await stream.next();
      try {
        const step = await makeStep(loop, batch, { epoch, learningRate, start });
        batchInEpoch++;
        seconds += step.seconds;
        metrics.push(step);
        await loop.onStep(step, batch, progress());
      } finally {
        tf.dispose([batch.images, batch.labels]);
      }
    }
    await loop.onEpoch(epochMetrics(metrics), { ...progress(), epoch: epoch + 1, batchInEpoch: 0 });
    metrics.length = 0;
  }
  return { progress: progress(), aborted: false };
}

/** @param start When the wait for the batch began, on `performance`'s clock. */
async function makeStep(
  { config, state }: TrainLoop,
  batch: StreamBatch,
  { epoch, learningRate, start }: { epoch: number; learningRate: number; start: number },
): Promise<StepMetrics> {
  const dataSeconds = (performance.now() - start) / 1000;
  const photos = batch.labels.size;
  const scalars = await trainStep(state, batch, { ...config, learningRate });
  const seconds = (performance.now() - start) / 1000;
  const imagesPerSecond = photos / seconds;
  return { step: state.step, epoch, ...scalars, learningRate, dataSeconds, seconds, imagesPerSecond };
}

/** Means, except for step, epoch and learning rate, which are the last step's, and seconds, which are sums. */
function epochMetrics(metrics: readonly StepMetrics[]): EpochMetrics {
  const sum = (key: keyof StepMetrics) => metrics.reduce((total, step) => total + step[key], 0);
  const mean = (key: keyof StepMetrics) => sum(key) / metrics.length;
  const images = metrics.reduce((total, step) => total + step.imagesPerSecond * step.seconds, 0);
  return {
    ...metrics[metrics.length - 1],
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
