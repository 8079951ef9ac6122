import { z } from "zod";
import { count, nonnegative, optionTexts, positive } from "../../option/option.ts";
import type { RateSchedule } from "../rate-schedule.ts";

const base = {
  unit: z.enum(["steps", "epochs"]).optional(),
  warmup: nonnegative().optional(),
  warmupStart: nonnegative().max(1).optional(),
};
const factor = positive().optional();
const end = { endRate: nonnegative().optional(), length: positive().optional() };
const rising = (values: readonly number[]) => values.every((value, i) => i === 0 || value > values[i - 1]);
const milestones = z.array(nonnegative()).min(1).refine(rising, { error: "expected rising milestones" });

const schedule: z.ZodType<RateSchedule> = z.discriminatedUnion(
  "type",
  [
    z.strictObject({ type: z.literal("constant"), ...base }),
    z.strictObject({ type: z.literal("step"), milestones, factor, ...base }),
    z.strictObject({ type: z.literal("exponential"), factor, every: positive().optional(), ...base }),
    z.strictObject({ type: z.literal("polynomial"), power: positive().optional(), ...end, ...base }),
    z.strictObject({ type: z.literal("cosine"), ...end, ...base }),
  ],
  { error: "expected a schedule with type constant, step, exponential, polynomial or cosine" },
);

/** The learning rate, and how it changes. */
export const rateOptions = {
  /** Learning rate, by default the optimizer's. There is none beside `learningRateSchedule`, which has all of them. */
  learningRate: positive().optional().register(optionTexts, { value: "R", help: "initial learning rate" }),
  /** How the learning rate changes, by steps or epochs, warm-up included. It replaces the next three. */
  schedule: schedule.optional().register(optionTexts, {
    value: "SCHEDULE",
    help: 'learning rate schedule: constant, exponential, polynomial, cosine, or JSON such as {"type": "step", "milestones": [16000, 24000]}',
  }),
  /** Epochs after which the learning rate is multiplied by `learningRateDecayFactor`, again and again. */
  learningRateDecayEpochs: count()
    .default(100)
    .register(optionTexts, { value: "N", help: "epochs between two decays" }),
  /** Factor of a decay of the learning rate, in (0, 1]. */
  learningRateDecayFactor: positive()
    .max(1)
    .default(1)
    .register(optionTexts, { value: "F", help: "factor of a decay" }),
  /** `epoch: rate` pairs, one a line or separated by commas; see `parseSchedule`. */
  learningRateSchedule: z.string().optional().register(optionTexts, {
    flag: "learning-rate-schedule-file",
    value: "FILE",
    help: "lines `epoch: rate`; -1 stops; in place of the options above, none of which goes with it",
  }),
};
