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

/** Means over the steps of one epoch, as far as this session made them. */
export interface EpochMetrics extends StepMetrics {
  /** Steps of this epoch that this session made. */
  readonly steps: number;
}

/** What the loop needs and whom it tells. */
export interface TrainLoop {
  readonly config: TrainConfig;
  readonly state: TrainState;
  readonly stream: BatchStream;
  readonly start: Progress;
  readonly signal?: AbortSignal | undefined;
  /** Called after every step. */
  readonly onStep: (metrics: StepMetrics) => Promise<void>;
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
  const { config, state, stream, signal } = loop;
  let { epoch, batchInEpoch, seconds } = loop.start;
  const progress = (): Progress => {
    const { pass, batch } = stream.position;
    return { step: state.step, epoch, batchInEpoch, pass, batchInPass: batch, seconds };
  };
  for (; epoch < config.maxNrofEpochs; epoch++, batchInEpoch = 0) {
    const learningRate = learningRateAt(epoch, config);
    if (learningRate === undefined) break;
    const metrics: StepMetrics[] = [];
    while (config.epochSize === undefined || batchInEpoch < config.epochSize) {
      if (signal?.aborted) return { progress: progress(), aborted: true };
      const step = await nextStep(loop, epoch, learningRate);
      if (step === "pass ended") {
        if (config.epochSize === undefined) break;
        continue;
      }
      batchInEpoch++;
      seconds += step.seconds;
      metrics.push(step);
      await loop.onStep(step);
    }
    const next = { ...progress(), epoch: epoch + 1, batchInEpoch: 0 };
    if (metrics.length > 0) await loop.onEpoch(epochMetrics(metrics), next);
  }
  return { progress: progress(), aborted: false };
}

async function nextStep(
  { config, state, stream }: TrainLoop,
  epoch: number,
  learningRate: number,
): Promise<StepMetrics | "pass ended"> {
  const start = performance.now();
  const batch = await stream.next();
  if (batch === undefined) return "pass ended";
  const ready = performance.now();
  const photos = batch.labels.size;
  try {
    const scalars = await trainStep(state, batch, { ...config, learningRate });
    const seconds = (performance.now() - start) / 1000;
    const dataSeconds = (ready - start) / 1000;
    const imagesPerSecond = photos / seconds;
    return { step: state.step, epoch, ...scalars, learningRate, dataSeconds, seconds, imagesPerSecond };
  } finally {
    tf.dispose([batch.images, batch.labels]);
  }
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
    dataSeconds: sum("dataSeconds"),
    seconds: sum("seconds"),
    imagesPerSecond: images / sum("seconds"),
    steps: metrics.length,
  };
}
