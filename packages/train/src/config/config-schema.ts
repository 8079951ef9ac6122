import { NET_NAMES } from "@amface/nets";
import { z } from "zod";
import { PRECISIONS } from "../step/loss-scale.ts";
import { evaluationShape } from "./evaluation-config.ts";
import { LOSS_NAMES } from "./loss-options.ts";
import { OPTIMIZER_NAMES } from "./optimizer-options.ts";

const count = () => z.int().positive();
const whole = () => z.int().nonnegative();
const share = () => z.number().nonnegative().lt(1);

const scheduleBase = {
  unit: z.enum(["steps", "epochs"]).optional(),
  warmup: z.number().nonnegative().optional(),
  warmupStart: z.number().nonnegative().max(1).optional(),
};
const factor = z.number().positive().optional();
const scheduleEnd = {
  endRate: z.number().nonnegative().optional(),
  length: z.number().positive().optional(),
};
const rising = (values: readonly number[]) => values.every((value, i) => i === 0 || value > values[i - 1]);
const milestones = z
  .array(z.number().nonnegative())
  .min(1)
  .refine(rising, { error: "expected rising milestones" });

const schedule = z.discriminatedUnion(
  "type",
  [
    z.strictObject({ type: z.literal("constant"), ...scheduleBase }),
    z.strictObject({ type: z.literal("step"), milestones, factor, ...scheduleBase }),
    z.strictObject({
      type: z.literal("exponential"),
      factor,
      every: z.number().positive().optional(),
      ...scheduleBase,
    }),
    z.strictObject({
      type: z.literal("polynomial"),
      power: z.number().positive().optional(),
      ...scheduleEnd,
      ...scheduleBase,
    }),
    z.strictObject({ type: z.literal("cosine"), ...scheduleEnd, ...scheduleBase }),
  ],
  { error: "expected a schedule with type constant, step, exponential, polynomial or cosine" },
);

const part = () => z.number().nonnegative().max(1).optional();
const quality = () => z.int().min(1).max(100);
const augment = z.strictObject({
  cropJitter: whole().optional(),
  brightness: part(),
  contrast: part(),
  saturation: part(),
  grey: part(),
  blur: whole().optional(),
  jpegQuality: z
    .tuple([quality(), quality()])
    .refine(([low, high]) => low <= high, { error: "expected the lowest quality first" })
    .optional(),
  cutout: part(),
});

/**
 * Types, ranges and defaults of a config's options, in the order in which they are documented. Defaults that depend on
 * another option are in its table, such as `OPTIMIZERS`.
 */
export const configSchema = z.strictObject({
  dataDir: z.string().min(1),
  excludeFile: z.string().min(1).optional(),
  filterMinNrofImagesPerClass: whole().default(0),
  pretrainedModel: z.string().min(1).optional(),
  net: z.enum(NET_NAMES).default("resface20"),
  embeddingSize: count().optional(),
  imageSize: z.tuple([count(), count()]).default([112, 96]),
  batchNorm: z.boolean().default(true),
  keepProbability: z.number().positive().max(1).default(1),
  maxNrofEpochs: count().optional(),
  maxSteps: count().optional(),
  batchSize: count().default(64),
  epochSize: count().optional(),
  randomFlip: z.boolean().default(true),
  augment: augment.optional(),
  balance: z.strictObject({ identities: count(), photos: count() }).optional(),
  loss: z.enum(LOSS_NAMES).default("am-softmax"),
  margin: z.number().nonnegative().optional(),
  marginWarmupSteps: whole().default(0),
  marginStart: z.number().nonnegative().default(0),
  scale: z.number().positive().optional(),
  scaleWarmupSteps: whole().default(0),
  scaleStart: z.number().positive().default(1),
  m1: z.number().min(1).optional(),
  m2: z.number().nonnegative().lt(Math.PI).optional(),
  m3: z.number().nonnegative().optional(),
  concentration: z.number().positive().optional(),
  annealingBase: z.number().nonnegative().optional(),
  annealingGamma: z.number().nonnegative().optional(),
  annealingPower: z.number().nonnegative().optional(),
  annealingLeast: z.number().nonnegative().optional(),
  centerLossFactor: z.number().nonnegative().default(0),
  centerLossAlfa: z.number().nonnegative().max(1).default(0.95),
  weightDecay: z.number().nonnegative().default(5e-4),
  optimizer: z.enum(OPTIMIZER_NAMES).default("momentum"),
  momentum: share().optional(),
  beta1: share().optional(),
  beta2: share().optional(),
  rho: share().optional(),
  epsilon: z.number().positive().optional(),
  initialAccumulator: z.number().nonnegative().optional(),
  clipNorm: z.number().positive().optional(),
  accumulateSteps: count().default(1),
  precision: z.enum(PRECISIONS).default("float32"),
  emaDecay: z.number().positive().lt(1).optional(),
  learningRate: z.number().positive().optional(),
  schedule: schedule.optional(),
  learningRateDecayEpochs: count().default(100),
  learningRateDecayFactor: z.number().positive().max(1).default(1),
  learningRateSchedule: z.string().optional(),
  skipCorrupt: z.boolean().default(false),
  seed: z.int().default(0),
  checkpointEpochs: count().default(1),
  checkpointsKept: count().default(3),
  checkpointSteps: count().optional(),
  onDivergence: z.enum(["stop", "rewind"]).default("stop"),
  maxRewinds: whole().default(3),
  explosionFactor: z.number().gt(1).default(3),
  explosionSteps: count().default(5),
  ...evaluationShape,
});
