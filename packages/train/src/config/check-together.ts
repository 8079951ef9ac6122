import type { LossRange } from "../losses/loss.ts";
import type { LossSettings } from "../losses/loss-options.ts";
import { LOSS_NAMES, LOSSES } from "../losses/losses.ts";
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
  const { schedule, learningRate, learningRateSchedule, learningRateDecayFactor: factor } = config;
  if (schedule && learningRateSchedule !== undefined) {
    refuse("one schedule of learning rates", "schedule and learningRateSchedule");
  }
  if (schedule && factor !== 1) {
    refuse("schedule alone to say how the rate falls", `learningRateDecayFactor ${factor} too`);
  }
  if (learningRateSchedule !== undefined && (learningRate !== undefined || factor !== 1)) {
    const got =
      learningRate === undefined ? `learningRateDecayFactor ${factor}` : `learningRate ${learningRate}`;
    refuse(
      "learningRateSchedule alone to say the rates",
      `${got} too, which would change nothing; leave one out, or give a schedule in place of the rates by epoch`,
    );
  }
  const { batchSize, accumulateSteps, loss, marginWarmupSteps, scale, scaleWarmupSteps } = config;
  if (batchSize % accumulateSteps !== 0) {
    refuse(`batchSize to be a multiple of accumulateSteps ${accumulateSteps}`, `${batchSize}`);
  }
  const { warmsUp, keepsNorms, ranges } = LOSSES[loss];
  if (marginWarmupSteps > 0 && !warmsUp) {
    const warming = LOSS_NAMES.filter((name) => LOSSES[name].warmsUp);
    refuse(`marginWarmupSteps with one of the losses ${warming.join(", ")}`, loss);
  }
  if (scaleWarmupSteps > 0 && scale === undefined) {
    refuse("scaleWarmupSteps with a loss that has a scale", loss);
  }
  for (const [name, range] of Object.entries(ranges) as [keyof LossSettings, LossRange][]) {
    const value = config[name] as number; // there, as the loss has the option
    if (!range.holds(value)) refuse(`${name} to be ${range.expected} with the loss ${loss}`, `${value}`);
  }
  const { lowerLength, upperLength, lowerMargin, upperMargin } = LOSSES[loss].settings(config);
  if (lowerLength && upperLength && lowerLength >= upperLength) {
    refuse(`upperLength above lowerLength ${lowerLength}`, `${upperLength}`);
  }
  if (lowerMargin && upperMargin !== undefined && lowerMargin > upperMargin) {
    refuse(`upperMargin of lowerMargin ${lowerMargin} or more`, `${upperMargin}`);
  }
  if (keepsNorms && batchSize === accumulateSteps) {
    refuse(`2 photos or more a part with the loss ${loss}, which measures how embeddings' lengths vary`, "1");
  }
  if (config.patience !== undefined && config.validationIdentities === 0) {
    refuse("validationIdentities beside patience, which waits for their score", "0");
  }
  checkTriplets(config, refuse);
  checkTeacher(config, refuse);
  checkSample(config, refuse);
  checkShards(config, refuse);
  const { identities = batchSize, photos = 1 } = config.balance ?? {};
  if (identities * photos !== batchSize) {
    refuse(`balance of identities × photos to be batchSize ${batchSize}`, `${identities} × ${photos}`);
  }
}

/** Triplets are found within a micro-batch: it must hold photos of one person and of others. */
function checkTriplets(config: TrainConfig, refuse: (expected: string, got: string) => never): void {
  const { tripletLossFactor, balance, batchSize, accumulateSteps } = config;
  if (tripletLossFactor === 0) return;
  if (balance === undefined || balance.photos < 2)
    refuse(
      "balance of 2 photos or more a person beside tripletLossFactor",
      balance ? `${balance.photos}` : "none",
    );
  const part = batchSize / accumulateSteps;
  const photos = balance?.photos ?? 1;
  if (part % photos !== 0 || part === photos) {
    const got = `${part} (batchSize ${batchSize} in ${accumulateSteps})`;
    refuse(
      `a micro-batch of whole people, 2 or more of ${photos} photos each, beside tripletLossFactor`,
      got,
    );
  }
}

/** Optimizers whose one slot, the velocity, a sampled head keeps for every identity. */
const SAMPLING: readonly string[] = ["momentum", "nesterov"];

function checkSample(config: TrainConfig, refuse: (expected: string, got: string) => never): void {
  const { sampleRate, loss, optimizer, centerLossFactor, lossWeight } = config;
  if (sampleRate === undefined) return;
  const beside = (what: string) => `${what} beside sampleRate`;
  if (LOSSES[loss].hasBias) refuse(beside("a loss without a bias"), loss);
  if (!SAMPLING.includes(optimizer)) refuse(beside(`optimizer ${SAMPLING.join(" or ")}`), optimizer);
  if (centerLossFactor > 0) refuse(beside("centerLossFactor 0"), `${centerLossFactor}`);
  if (lossWeight === 0) refuse(beside("a lossWeight above 0"), "0");
}

function checkShards(config: TrainConfig, refuse: (expected: string, got: string) => never): void {
  const { head, sampleRate, loss, centerLossFactor, lossWeight } = config;
  if (head !== "sharded") return;
  const beside = (what: string) => `${what} beside a sharded head`;
  if (sampleRate !== undefined) refuse(beside("no sampleRate"), `${sampleRate}`);
  const sharding = LOSS_NAMES.filter((name) => LOSSES[name].shards);
  if (!sharding.includes(loss)) refuse(beside(`one of the losses ${sharding.join(", ")}`), loss);
  if (centerLossFactor > 0) refuse(beside("centerLossFactor 0"), `${centerLossFactor}`);
  if (lossWeight === 0) refuse(beside("a lossWeight above 0"), "0");
}

/** What only a teacher gives a meaning to. */
const TEACHERS = ["teacherNet", "teacherCache", "unlabelledDir"] as const;

function checkTeacher(config: TrainConfig, refuse: (expected: string, got: string) => never): void {
  const { teacher, lossWeight, tripletLossFactor, unlabelledDir, unlabelledBatchSize, accumulateSteps } =
    config;
  const idle = TEACHERS.find((name) => config[name] !== undefined);
  if (teacher === undefined && idle) refuse(`a teacher beside ${idle}`, "none");
  if (teacher === undefined && lossWeight === 0 && tripletLossFactor === 0)
    refuse("a teacher or tripletLossFactor where lossWeight is 0", "none");
  if (unlabelledBatchSize === undefined) return;
  if (unlabelledDir === undefined) refuse("an unlabelledDir beside unlabelledBatchSize", "none");
  if (unlabelledBatchSize % accumulateSteps !== 0) {
    const expected = `unlabelledBatchSize to be a multiple of accumulateSteps ${accumulateSteps}`;
    refuse(expected, `${unlabelledBatchSize}`);
  }
}
