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
}
