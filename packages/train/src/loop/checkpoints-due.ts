import type { TrainConfig } from "../config/train-config.ts";
import type { Progress } from "../run/checkpoint-info.ts";
import type { Session } from "./session.ts";

type Every = Pick<TrainConfig, "checkpointSteps" | "checkpointEpochs">;

const isEvery = (count: number, every: number | undefined) => every !== undefined && count % every === 0;

/** Whether a checkpoint follows a step. At the end of an epoch, it comes after its evaluation. */
export function stepCheckpointIsDue(
  { checkpointSteps }: Every,
  { step, batchInEpoch }: Progress,
  stepsPerEpoch: number,
  totalSteps: number,
): boolean {
  return isEvery(step, checkpointSteps) && batchInEpoch < stepsPerEpoch && step < totalSteps;
}

/** Whether a checkpoint follows an epoch. */
export function epochCheckpointIsDue(
  { checkpointEpochs, checkpointSteps }: Every,
  { step, epoch }: Progress,
): boolean {
  return isEvery(epoch, checkpointEpochs) || isEvery(step, checkpointSteps);
}

/** Whether something is evaluated at the end of the epoch in progress. */
export function evaluatesAtEnd(
  { config, sets, options }: Session,
  { step, epoch }: Progress,
  totalSteps: number,
): boolean {
  if (options.observers?.some(({ onEpoch }) => onEpoch !== undefined)) return true;
  const due = isEvery(epoch + 1, config.evaluationEpochs) || step >= totalSteps;
  return due && (sets.validation !== undefined || sets.tests.length > 0);
}
