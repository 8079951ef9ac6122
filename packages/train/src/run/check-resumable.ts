import { alignmentDifferences } from "@amface/images";
import { ConfigError, resolveSavedConfig } from "../config/resolve-config.ts";
import type { TrainConfig } from "../config/train-config.ts";
import { type Checkpoint, CheckpointError } from "./checkpoint.ts";
import type { RunFacts } from "./checkpoint-info.ts";

/** Options that a resumed run may change: all that was computed before stays of use. */
const CHANGEABLE: readonly (keyof TrainConfig)[] = [
  "dataDir",
  "pretrainedModel",
  "teacher",
  "teacherCache",
  "unlabelledDir",
  "skipCorrupt",
  "maxNrofEpochs",
  "maxSteps",
  "precision",
  "schedule",
  "learningRate",
  "learningRateDecayEpochs",
  "learningRateDecayFactor",
  "learningRateSchedule",
  "checkpointEpochs",
  "checkpointsKept",
  "checkpointSteps",
  "onDivergence",
  "maxRewinds",
  "explosionFactor",
  "explosionSteps",
  "patience",
  "lfwDir",
  "lfwPairs",
  "lfwNrofFolds",
  "lfwBatchSize",
  "testSets",
  "evaluationEpochs",
  "tensorboard",
  "histogramSteps",
];

/**
 * Checks that a run can go on from a checkpoint under a config and with these photos.
 *
 * @throws {ConfigError} Where options differ that shaped what the checkpoint holds.
 * @throws {CheckpointError} Where the photos are others, or were aligned in another way.
 */
export function checkResumable(
  { config, data, alignment, teacher }: RunFacts,
  { path, info }: Checkpoint,
): void {
  const differences = info.alignment && alignment && alignmentDifferences(info.alignment, alignment);
  if (differences) {
    throw new CheckpointError(
      `Cannot resume from ${path}: expected crops in ${config.dataDir} aligned as before, got ${differences}; ` +
        "restore them, or start a new run",
    );
  }
  if (data !== info.data) {
    throw new CheckpointError(
      `Cannot resume from ${path}: the photos in ${config.dataDir} are not those of the run; ` +
        "restore them, or start a new run",
    );
  }
  if (teacher !== info.teacher) {
    const shown = (sha256?: string) =>
      sha256 === undefined ? "no teacher" : `a teacher of SHA-256 ${sha256}`;
    throw new CheckpointError(
      `Cannot resume from ${path}: expected ${shown(info.teacher)} as before, got ${shown(teacher)}; ` +
        "restore it, or start a new run",
    );
  }
  const old = configOf(path, info.config);
  for (const key of new Set([...Object.keys(config), ...Object.keys(old)]) as Set<keyof TrainConfig>) {
    const [now, before] = [JSON.stringify(config[key]), JSON.stringify(old[key])];
    if (now !== before && !CHANGEABLE.includes(key)) {
      throw new ConfigError(
        `Cannot resume from ${path}: expected ${key} to be ${before} as before, got ${now}; start a new run to change it`,
      );
    }
  }
}

/** A checkpoint's config; an option that did not exist when it was written has its default. */
function configOf(path: string, config: TrainConfig): TrainConfig {
  try {
    return resolveSavedConfig(config);
  } catch (cause) {
    throw new CheckpointError(
      `Cannot resume from ${path}: expected a checkpoint of this version of amface, got one with another config ` +
        `(${(cause as Error).message})`,
      { cause },
    );
  }
}
