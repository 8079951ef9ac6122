import type { StepResult } from "./step-result.ts";

/** Measurements of one step of a run. */
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

/** What is kept of a step: everything but its details. */
export type StepRecord = Omit<StepMetrics, "details">;

/** Means over the steps of one epoch, those of earlier sessions included. */
export interface EpochMetrics extends StepRecord {
  /** Steps of this epoch. */
  readonly steps: number;
}

/** Means, except for step, epoch, batch and learning rate, which are the last step's, and seconds, which are sums. */
export function epochMetrics(metrics: readonly StepRecord[]): EpochMetrics {
  const last = metrics[metrics.length - 1];
  const sum = (key: keyof StepRecord) => metrics.reduce((total, step) => total + (step[key] ?? 0), 0);
  const mean = (key: keyof StepRecord) => sum(key) / metrics.length;
  const images = metrics.reduce((total, step) => total + step.imagesPerSecond * step.seconds, 0);
  return {
    ...last,
    loss: mean("loss"),
    crossEntropy: mean("crossEntropy"),
    accuracy: mean("accuracy"),
    targetCosine: mean("targetCosine"),
    ...(last.teacherCosine !== undefined && { teacherCosine: mean("teacherCosine") }),
    gradientNorm: mean("gradientNorm"),
    dataSeconds: sum("dataSeconds"),
    seconds: sum("seconds"),
    imagesPerSecond: images / sum("seconds"),
    steps: metrics.length,
  };
}
