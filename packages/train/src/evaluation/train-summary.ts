import type { Progress } from "../run/checkpoint-info.ts";
import type { EpochMetrics } from "../step/step-metrics.ts";
import type { RunScores } from "./run-scores.ts";

/** What came of a run; `train.json` holds the same. */
export interface TrainSummary {
  readonly runDir: string;
  /** False where a signal or `untilEpoch` ended the run before its last epoch. */
  readonly finished: boolean;
  /** Whether the run ended before its last step, as the score of held-out people no longer rose (`patience`). */
  readonly stoppedEarly?: boolean;
  /** Whether the session ended where it was to (`untilEpoch`), before the run's end. */
  readonly paused?: boolean;
  readonly steps: number;
  /** Whole epochs. */
  readonly epochs: number;
  readonly identities: number;
  readonly photos: number;
  /** Photos without labels, where there are any. */
  readonly unlabelledPhotos?: number;
  /** Identities held out of the training for validation, where there are any. */
  readonly heldOutIdentities?: number;
  /** Photos that this session could not read. */
  readonly skippedPhotos: number;
  /** Returns to earlier checkpoints, where there were any. */
  readonly rewinds?: number;
  /** Seconds of training steps, over all sessions. */
  readonly seconds: number;
  readonly imagesPerSecond: number;
  /** Share of the last epoch that was spent waiting for photos, in [0, 1]. */
  readonly dataWait?: number;
  /** The engine, where the caller named it. */
  readonly engine?: string;
  /** Why that engine, where the caller said so. */
  readonly engineReason?: string;
  /** Means over the last epoch. */
  readonly loss?: number;
  readonly crossEntropy?: number;
  readonly accuracy?: number;
  readonly targetCosine?: number;
  readonly teacherCosine?: number;
  /** The newest checkpoint. */
  readonly checkpoint: string;
  /** The trained net, where the run is finished: what validation chose, or the last. */
  readonly model?: string;
  /** The net after the last step, where `model` is the chosen one. */
  readonly lastModel?: string;
  /** Last, chosen and best scores, where anything was evaluated. */
  readonly scores?: RunScores;
  /** A page that shows scores, loss and settings. */
  readonly report: string;
}

/** Sums a run up; `last` is absent where no epoch was finished. */
export function summarise(
  facts: Omit<TrainSummary, "steps" | "epochs" | "seconds" | "imagesPerSecond">,
  progress: Progress,
  photosPerStep: number,
  last: EpochMetrics | undefined,
): TrainSummary {
  const { step, epoch, seconds } = progress;
  const means = last && {
    dataWait: last.dataSeconds / last.seconds,
    loss: last.loss,
    crossEntropy: last.crossEntropy,
    accuracy: last.accuracy,
    targetCosine: last.targetCosine,
    ...(last.teacherCosine !== undefined && { teacherCosine: last.teacherCosine }),
  };
  const imagesPerSecond = seconds === 0 ? 0 : (step * photosPerStep) / seconds;
  return { ...facts, steps: step, epochs: epoch, seconds, imagesPerSecond, ...means };
}
