import { LOSSES } from "../losses/losses.ts";
import { OPTIMIZERS } from "../optimizers/optimizers.ts";
import { configSchema } from "./config-schema.ts";

type Options = Readonly<Record<string, unknown>>;

/**
 * Options with others on top, as flags come on top of a file's. What the upper ones replace takes its own options with it:
 * another optimizer those of the lower one, its learning rate too, another loss its margins, a schedule the other kind of
 * schedule, and one by epochs the learning rate too.
 *
 * @returns Options for `resolveConfig`, unchecked.
 */
export function overlayConfig(lower: Options, upper: Options): Record<string, unknown> {
  const gone = new Set<string>();
  const replaces = (option: "optimizer" | "loss", table: Readonly<Record<string, { defaults: object }>>) => {
    const before = lower[option] ?? configSchema.shape[option].parse(undefined);
    if (upper[option] === undefined || upper[option] === before) return;
    for (const { defaults } of Object.values(table)) for (const key of Object.keys(defaults)) gone.add(key);
  };
  replaces("optimizer", OPTIMIZERS);
  replaces("loss", LOSSES);
  if (upper.schedule !== undefined) {
    for (const key of ["learningRateSchedule", "learningRateDecayEpochs", "learningRateDecayFactor"])
      gone.add(key);
  }
  if (upper.learningRateSchedule !== undefined) {
    for (const key of ["schedule", "learningRate", "learningRateDecayEpochs", "learningRateDecayFactor"])
      gone.add(key);
  }
  const kept = Object.entries(lower).filter(([key]) => !gone.has(key));
  return { ...Object.fromEntries(kept), ...upper };
}
