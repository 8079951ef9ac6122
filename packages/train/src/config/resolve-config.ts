import type { z } from "zod";
import { LOSSES } from "../losses/losses.ts";
import { OPTIMIZERS } from "../optimizers/optimizers.ts";
import { checkTogether } from "./check-together.ts";
import { configSchema } from "./config-schema.ts";
import { parseSchedule } from "./epoch-schedule.ts";
import { nearestOption } from "./nearest-option.ts";
import { EPOCHS } from "./options/step-options.ts";
import { testSetsOf } from "./test-sets.ts";
import type { TrainConfig } from "./train-config.ts";

/** A config that cannot be used; the message lists everything that is wrong with it. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Names of all options, in the order in which they are documented. */
export const CONFIG_KEYS = Object.keys(configSchema.shape) as readonly (keyof TrainConfig)[];

/**
 * Fills in the defaults and checks every value.
 *
 * @param input An object in the form of `TrainConfigInput`, from flags, a file or a notebook.
 * @throws {ConfigError} For unknown keys (with the nearest known name) and values out of range.
 */
export function resolveConfig(input: unknown): TrainConfig {
  const parsed = configSchema.safeParse(input);
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => unknownKey(key, issue.path))
        : [
            `${issue.path.join(".") || "config"}: ${expectation(issue.message)}, got ${show(input, issue.path)}`,
          ],
    );
    throw new ConfigError(`Cannot use the training config: ${problems.join("; ")}`);
  }
  const config = fillIn(parsed.data);
  try {
    if (config.learningRateSchedule !== undefined)
      parseSchedule(config.learningRateSchedule, "learningRateSchedule");
    testSetsOf(config);
    checkTogether(config);
  } catch (error) {
    throw new ConfigError(`Cannot use the training config: ${(error as Error).message}`, { cause: error });
  }
  return config;
}

/**
 * The config of a run that was made before. Runs of earlier versions have a learning rate and its decay, which changed
 * nothing, beside a schedule by epochs.
 *
 * @throws {ConfigError} As `resolveConfig` does.
 */
export function resolveSavedConfig(saved: unknown): TrainConfig {
  const {
    learningRate: _rate,
    learningRateDecayFactor: _factor,
    learningRateDecayEpochs: _epochs,
    ...rest
  } = (saved ?? {}) as Partial<TrainConfig>;
  return resolveConfig(rest.learningRateSchedule === undefined ? saved : rest);
}

/** Adds the defaults that another option decides, in the options' order. */
function fillIn(parsed: z.infer<typeof configSchema>): TrainConfig {
  const epochs = parsed.maxNrofEpochs ?? (parsed.maxSteps === undefined ? EPOCHS : undefined);
  const given = { ...parsed, maxNrofEpochs: epochs };
  const withLoss = withDefaults("loss", parsed.loss, LOSSES, given);
  const optimized = withDefaults("optimizer", parsed.optimizer, OPTIMIZERS, withLoss);
  const filled =
    parsed.learningRateSchedule === undefined
      ? optimized
      : { ...optimized, learningRate: parsed.learningRate };
  const entries = CONFIG_KEYS.map((key) => [key, filled[key]]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as TrainConfig;
}

/**
 * The options with the defaults that a table has for the choice.
 *
 * @throws {ConfigError} For an option that the table has for other choices only.
 */
function withDefaults<T extends object>(
  option: string,
  choice: string,
  table: Readonly<Record<string, { readonly defaults: object }>>,
  given: T,
): T {
  const { defaults } = table[choice];
  const all = new Set(Object.values(table).flatMap(({ defaults }) => Object.keys(defaults))) as Set<keyof T>;
  for (const key of all) {
    if (given[key] === undefined || key in defaults) continue;
    const options = Object.keys(defaults).join(", ");
    const expected = `${options ? `${options} as` : "no"} options of the ${option} ${choice}`;
    throw new ConfigError(`Cannot use the training config: expected ${expected}, got ${String(key)}`);
  }
  return { ...given, ...defaults, ...definedOf(given) };
}

const definedOf = (given: object) =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));

/** What zod says was expected, without its verdict before it and the type that it got behind it. */
function expectation(message: string): string {
  return message.slice(Math.max(0, message.indexOf("expected"))).replace(/, received .*/, "");
}

/** The value at a path, as JSON would have it. */
function show(input: unknown, path: readonly PropertyKey[]): string {
  const value = path.reduce((at: unknown, key) => (at as Record<PropertyKey, unknown>)?.[key], input);
  return typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
}

function unknownKey(key: string, path: readonly PropertyKey[]): string {
  return `there is no option ${[...path, key].join(".")}; the nearest is ${nearestOption(configSchema, path, key)}`;
}
