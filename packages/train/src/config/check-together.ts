import { WARMABLE_MARGINS } from "./loss-options.ts";
import type { TrainConfig } from "./train-config.ts";

/**
 * Refuses options that contradict each other.
 *
 * @throws {RangeError} Naming them.
 */
export function checkTogether(config: TrainConfig): void {
  const refuse = (expected: string, got: string): never => {
    throw new RangeError(`expected ${expected}, got ${got}`);
  };
  const { schedule, learningRateSchedule, learningRateDecayFactor: factor } = config;
  if (schedule && learningRateSchedule !== undefined) {
    refuse("one schedule of learning rates", "schedule and learningRateSchedule");
  }
  if (schedule && factor !== 1) {
    refuse("schedule alone to say how the rate falls", `learningRateDecayFactor ${factor} too`);
  }
  const { batchSize, accumulateSteps, loss, margin, marginWarmupSteps, scale, scaleWarmupSteps } = config;
  if (batchSize % accumulateSteps !== 0) {
    refuse(`batchSize to be a multiple of accumulateSteps ${accumulateSteps}`, `${batchSize}`);
  }
  if (marginWarmupSteps > 0 && !WARMABLE_MARGINS.includes(loss)) {
    refuse(`marginWarmupSteps with one of the losses ${WARMABLE_MARGINS.join(", ")}`, loss);
  }
  if (scaleWarmupSteps > 0 && scale === undefined) {
    refuse("scaleWarmupSteps with a loss that has a scale", loss);
  }
  if (loss === "sphereface" && !(Number.isInteger(margin) && (margin as number) >= 1)) {
    refuse("margin to be a whole number of 1 or more with the loss sphereface", `${margin}`);
  }
  if (loss === "arcface" && !((margin as number) < Math.PI)) {
    refuse("margin to be radians below π with the loss arcface", `${margin}`);
  }
  if (loss === "adaface" && batchSize === accumulateSteps) {
    refuse("2 photos or more a part with the loss adaface, which measures how embeddings' lengths vary", "1");
  }
  const { identities = batchSize, photos = 1 } = config.balance ?? {};
  if (identities * photos !== batchSize) {
    refuse(`balance of identities × photos to be batchSize ${batchSize}`, `${identities} × ${photos}`);
  }
}
