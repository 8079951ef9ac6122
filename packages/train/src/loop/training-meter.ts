import type { StepMetrics } from "../step/step-metrics.ts";

/** What a line of progress says of the last steps. */
export interface MeterReading {
  /** Steps done. */
  readonly step: number;
  /** Means over about the last twenty steps. */
  readonly loss: number;
  readonly targetCosine: number;
  readonly accuracy: number;
  /** Mean cosine with the teacher's embeddings, where there is one. */
  readonly teacherCosine?: number;
  readonly imagesPerSecond: number;
  /** Share of the time that was spent waiting for photos, 0 to 1. */
  readonly dataWait: number;
  /** Seconds that a step takes. */
  readonly stepSeconds: number;
}

/** A step's weight in the means against that of the step after it: they reach back about twenty steps. */
const KEEP = 0.95;

type Summed = "loss" | "targetCosine" | "teacherCosine" | "accuracy" | "images" | "dataSeconds" | "seconds";

/** Smooths the measurements of steps, so that a line of them can be read. */
export class TrainingMeter {
  #weight = 0;
  readonly #sums: Record<Summed, number> = {
    ...{ loss: 0, targetCosine: 0, teacherCosine: 0, accuracy: 0 },
    ...{ images: 0, dataSeconds: 0, seconds: 0 },
  };

  /** Takes in a step and gives the means that it brings about. */
  add({ step, imagesPerSecond, ...metrics }: StepMetrics): MeterReading {
    const { teacherCosine: taught } = metrics;
    const now = { ...metrics, teacherCosine: taught ?? 0, images: imagesPerSecond * metrics.seconds };
    this.#weight = KEEP * this.#weight + 1;
    for (const key of Object.keys(this.#sums) as Summed[])
      this.#sums[key] = KEEP * this.#sums[key] + now[key];
    const { loss, targetCosine, teacherCosine, accuracy, images, dataSeconds, seconds } = this.#sums;
    return {
      step,
      loss: loss / this.#weight,
      targetCosine: targetCosine / this.#weight,
      accuracy: accuracy / this.#weight,
      ...(taught !== undefined && { teacherCosine: teacherCosine / this.#weight }),
      imagesPerSecond: images / seconds,
      dataWait: dataSeconds / seconds,
      stepSeconds: seconds / this.#weight,
    };
  }
}

/**
 * `loss 3.214  cos 0.41  acc 0.62  61.0 images/s  wait 3 %`, short enough for a terminal's line: `cos` is the target
 * cosine, `acc` the accuracy on the batches, `wait` the share of the time that was spent waiting for photos. With a
 * teacher, `teacher 0.83` behind `acc` is the cosine with its embeddings.
 */
export function meterText(reading: MeterReading): string {
  const { loss, targetCosine, accuracy, teacherCosine, imagesPerSecond, dataWait } = reading;
  return [
    `loss ${loss.toFixed(3)}`,
    `cos ${targetCosine.toFixed(2)}`,
    `acc ${accuracy.toFixed(2)}`,
    ...(teacherCosine === undefined ? [] : [`teacher ${teacherCosine.toFixed(2)}`]),
    `${imagesPerSecond.toFixed(1)} images/s`,
    `wait ${Math.round(100 * dataWait)} %`,
  ].join("  ");
}
