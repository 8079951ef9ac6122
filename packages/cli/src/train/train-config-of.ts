import { readFile } from "node:fs/promises";
import { PRESETS, readConfigFile, readRunConfig, type TrainConfigInput } from "@amface/train";
import { type OptionValues, UsageError } from "../command.ts";
import type { trainOptions } from "./train-options.ts";

/** The run's config: of the run to resume or a preset, then a file's, then the flags'. */
export async function trainConfigOf(values: OptionValues<typeof trainOptions>): Promise<TrainConfigInput> {
  const {
    resume,
    preset,
    config: file,
    engine: _,
    "gpu-memory": __,
    "run-dir": ___,
    "learning-rate-schedule-file": schedule,
    ...flags
  } = values;
  if (resume !== undefined && preset !== undefined) {
    throw new UsageError("Cannot take --resume and --preset together: a run goes on with its own config");
  }
  const config: Record<string, unknown> = {
    ...(resume !== undefined && (await readRunConfig(resume))),
    ...(preset !== undefined && PRESETS[preset].config),
    ...(file !== undefined && (await readConfigFile(file))),
  };
  for (const [name, value] of Object.entries(flags)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith("no-")) config[camelCase(name.slice(3))] = false;
    else config[camelCase(name)] = value;
  }
  if (schedule !== undefined) config.learningRateSchedule = await readText(schedule);
  if (config.dataDir === undefined) throw new UsageError("Cannot train: expected --data-dir, or --resume");
  return config as unknown as TrainConfigInput;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new UsageError(`Cannot read ${path}: ${(error as Error).message}`);
  }
}

const camelCase = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
