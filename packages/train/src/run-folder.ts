import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ALIGNMENT_FILE, makeFolder } from "@amface/images";
import { listCheckpoints } from "./checkpoint.ts";
import { ConfigError, resolveConfig } from "./resolve-config.ts";
import type { TrainConfig } from "./train-config.ts";

/** The files of a run. */
export interface RunFolder {
  readonly path: string;
  /** The config with all defaults filled in. */
  readonly config: string;
  /** How the crops were made, where their folder says so. */
  readonly alignment: string;
  /** One JSON object a step. */
  readonly metrics: string;
  readonly checkpoints: string;
  /** The trained net, for `loadNet`; there once the run is finished. What validation chose, where the config has one. */
  readonly model: string;
  /** The net after the last step, where `model` is the chosen one. */
  readonly lastModel: string;
  /** The scores of every evaluated epoch. */
  readonly scores: string;
  /** Folder of TensorBoard events. */
  readonly tensorboard: string;
  /** A page that shows scores, loss and settings. */
  readonly report: string;
  /** What came of the run. */
  readonly summary: string;
}

/** The paths of a run's files; nothing is read or written. */
export function runFolder(path: string): RunFolder {
  return {
    path,
    config: join(path, "config.json"),
    alignment: join(path, ALIGNMENT_FILE),
    metrics: join(path, "metrics.jsonl"),
    checkpoints: join(path, "checkpoints"),
    model: join(path, "model.safetensors"),
    lastModel: join(path, "model-last.safetensors"),
    scores: join(path, "scores.json"),
    tensorboard: join(path, "tensorboard"),
    report: join(path, "report.html"),
    summary: join(path, "train.json"),
  };
}

/**
 * The config that a run was started or last resumed with.
 *
 * @throws {ConfigError} Where the folder has none, or one that cannot be used.
 */
export async function readRunConfig(path: string): Promise<TrainConfig> {
  const file = runFolder(path).config;
  const refuse = (got: string, cause: unknown): never => {
    throw new ConfigError(
      `Cannot read the config of run ${path}: expected ${file} as amface train writes it, got ${got}`,
      { cause },
    );
  };
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) =>
    refuse(error.code === "ENOENT" || error.code === "ENOTDIR" ? "no such file" : error.message, error),
  );
  try {
    return resolveConfig(JSON.parse(text));
  } catch (error) {
    return refuse((error as Error).message, error);
  }
}

/**
 * Makes the folder of a new run, or finds the newest checkpoint of one that goes on.
 *
 * @returns The path of the checkpoint, or `undefined` for a new run.
 * @throws {Error} For a new run in a folder that has checkpoints, and for a resumed one in a folder without.
 */
export async function openRunFolder(run: RunFolder, resume: boolean): Promise<string | undefined> {
  const newest = (await listCheckpoints(run.checkpoints)).at(-1);
  if (resume && newest === undefined) {
    throw new Error(`Cannot resume run ${run.path}: expected a checkpoint in ${run.checkpoints}, got none`);
  }
  if (!resume && newest !== undefined) {
    throw new Error(
      `Cannot start a run in ${run.path}: expected no checkpoints there, got ${newest}; ` +
        "resume that run, or choose another folder",
    );
  }
  await makeFolder(run.checkpoints);
  return newest;
}
