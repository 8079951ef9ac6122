import type { StepMetrics } from "../step/step-metrics.ts";

/** What a line of progress says of the last steps. */
export interface MeterReading {
  /** Steps done. */
  readonly step: number;
  /** Means over about the last twenty steps. */
  readonly loss: number;
  readonly targetCosine: number;
  readonly accuracy: number;
  readonly imagesPerSecond: number;
  /** Share of the time that was spent waiting for photos, 0 to 1. */
  readonly dataWait: number;
  /** Seconds that a step takes. */
  readonly stepSeconds: number;
}

/** A step's weight in the means against that of the step after it: they reach back about twenty steps. */
const KEEP = 0.95;

type Sums = Record<"loss" | "targetCosine" | "accuracy" | "images" | "dataSeconds" | "seconds", number>;

/** Smooths the measurements of steps, so that a line of them can be read. */
export class TrainingMeter {
  #weight = 0;
  readonly #sums: Sums = { loss: 0, targetCosine: 0, accuracy: 0, images: 0, dataSeconds: 0, seconds: 0 };

  /** Takes in a step and gives the means that it brings about. */
  add({ step, imagesPerSecond, ...metrics }: StepMetrics): MeterReading {
    const now = { ...metrics, images: imagesPerSecond * metrics.seconds };
    this.#weight = KEEP * this.#weight + 1;
    for (const key of Object.keys(this.#sums) as (keyof Sums)[])
      this.#sums[key] = KEEP * this.#sums[key] + now[key];
    const { loss, targetCosine, accuracy, images, dataSeconds, seconds } = this.#sums;
    return {
      step,
      loss: loss / this.#weight,
      targetCosine: targetCosine / this.#weight,
      accuracy: accuracy / this.#weight,
      imagesPerSecond: images / seconds,
      dataWait: dataSeconds / seconds,
      stepSeconds: seconds / this.#weight,
    };
  }
}

/**
 * `loss 3.214  cos 0.41  acc 0.62  61.0 images/s  wait 3 %`, short enough for a terminal's line: `cos` is the target
 * cosine, `acc` the accuracy on the batches, `wait` the share of the time that was spent waiting for photos.
 */
export function meterText({ loss, targetCosine, accuracy, imagesPerSecond, dataWait }: MeterReading): string {
  return [
    `loss ${loss.toFixed(3)}`,
    `cos ${targetCosine.toFixed(2)}`,
    `acc ${accuracy.toFixed(2)}`,
    `${imagesPerSecond.toFixed(1)} images/s`,
    `wait ${Math.round(100 * dataWait)} %`,
  ].join("  ");
}
