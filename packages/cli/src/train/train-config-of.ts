import { readText } from "@amface/files";
import {
  configOptions,
  overlayConfig,
  PRESETS,
  readConfigFile,
  readRunConfig,
  resolveConfig,
  type TrainConfigInput,
} from "@amface/train";
import { type OptionValues, UsageError } from "../command/command.ts";
import type { trainOptions } from "./train-options.ts";

/**
 * The run's config: of the run to resume or a preset, then a file's, then the flags'.
 *
 * @throws {UsageError | ConfigError} When it cannot be read or used.
 */
export async function trainConfigOf(values: OptionValues<typeof trainOptions>): Promise<TrainConfigInput> {
  const { resume, preset, config: file } = values;
  if (resume !== undefined && preset !== undefined) {
    throw new UsageError("Cannot take --resume and --preset together: a run goes on with its own config");
  }
  let lower: object = {};
  if (resume !== undefined) lower = await readRunConfig(resume);
  if (preset !== undefined) lower = PRESETS[preset].config;
  if (file !== undefined) lower = overlayConfig({ ...lower }, await readConfigFile(file));
  const config = overlayConfig({ ...lower }, await givenOptions(values));
  if (config.dataDir === undefined) throw new UsageError("Cannot train: expected --data-dir, or --resume");
  if (
    values["batch-size"] === "auto" &&
    (config.balance ?? config.unlabelledDir ?? config.accumulateSteps ?? 1) !== 1
  ) {
    throw new UsageError(
      "Cannot find a batch size: expected none of --balance, --accumulate-steps and --unlabelled-dir beside --batch-size auto, as they " +
        "go with a size that is known; give --batch-size N",
    );
  }
  resolveConfig(config); // what is wrong with it is told before an engine starts
  return config as unknown as TrainConfigInput;
}

/** The config's options among the values. */
export async function givenOptions(
  values: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const given: Record<string, unknown> = {};
  for (const { key, flag = "" } of Object.values(configOptions()).flat()) {
    const value = values[flag];
    // `auto` is found once an engine runs.
    if (value === undefined || value === false || value === "auto") continue;
    given[key] = flag.startsWith("no-") ? false : value;
  }
  const { learningRateSchedule: file } = given;
  if (file !== undefined) given.learningRateSchedule = await readSchedule(file as string);
  return given;
}

async function readSchedule(path: string): Promise<string> {
  try {
    return await readText(path);
  } catch (error) {
    throw new UsageError(`Cannot read ${path}: ${(error as Error).message}`);
  }
}
