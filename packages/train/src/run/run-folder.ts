import { access, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { makeFolder, removeLeftovers, WriteError } from "@amface/files";
import { ALIGNMENT_FILE } from "@amface/images";
import { ConfigError, resolveSavedConfig } from "../config/resolve-config.ts";
import type { TrainConfig } from "../config/train-config.ts";
import {
  type Checkpoint,
  DamagedCheckpointError,
  listCheckpoints,
  readCheckpoint,
  stepOf,
} from "./checkpoint.ts";
import { RunLock } from "./run-lock.ts";
import { checkShards, DamagedShardError, stepOfShard } from "./shard-files.ts";

/** The files of a run. */
export interface RunFolder {
  readonly path: string;
  /** The config with all defaults filled in. */
  readonly config: string;
  /** How the crops were made, where their folder says so. */
  readonly alignment: string;
  /** SHA-256 of net, head and optimizer before the first step. */
  readonly start: string;
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
  /** Who trains in the folder. */
  readonly lock: string;
  /** The record of a step whose loss had left its course. */
  flightRecord(step: number): string;
}

/** The paths of a run's files; nothing is read or written. */
export function runFolder(path: string): RunFolder {
  return {
    path,
    config: join(path, "config.json"),
    alignment: join(path, ALIGNMENT_FILE),
    start: join(path, "start.json"),
    metrics: join(path, "metrics.jsonl"),
    checkpoints: join(path, "checkpoints"),
    model: join(path, "model.safetensors"),
    lastModel: join(path, "model-last.safetensors"),
    scores: join(path, "scores.json"),
    tensorboard: join(path, "tensorboard"),
    report: join(path, "report.html"),
    summary: join(path, "train.json"),
    lock: join(path, "run.lock"),
    flightRecord: (step) => join(path, `flight-${String(step).padStart(6, "0")}.json`),
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
    return resolveSavedConfig(JSON.parse(text));
  } catch (error) {
    return refuse((error as Error).message, error);
  }
}

/**
 * What a JSON file of a run holds, such as its summary; `undefined` where there is none.
 *
 * @throws {Error} Where it cannot be read, or is no JSON.
 */
export async function readRunJson<T>(path: string): Promise<T | undefined> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new Error(
      `Cannot read ${path}: expected JSON as amface train writes it, got ${(cause as Error).message}`,
      { cause },
    );
  }
}

/**
 * Makes the folder of a new run, or looks whether there is one to go on with, and takes the right to write in it. What
 * a killed process left half written is removed.
 *
 * @throws {Error} For a new run in a folder that has checkpoints of steps, and for a resumed one in a folder that holds no run.
 * @throws {RunLockedError} When another process trains there.
 * @throws {WriteError} When the folder cannot be made or written.
 */
export async function openRunFolder(run: RunFolder, resume: boolean): Promise<RunLock> {
  const there = await stat(run.path).catch(() => undefined);
  if (there?.isFile())
    throw new WriteError(run.path, new Error("expected a folder, got a file; choose another"));
  await newestToReplace(run, resume);
  await makeFolder(run.checkpoints);
  const lock = await RunLock.acquire(run.lock);
  try {
    // Looked up again: another process may have trained here until the lock was free.
    const replaced = await newestToReplace(run, resume);
    if (replaced !== undefined) await rm(replaced);
    await removeHalfWritten(run);
    return lock;
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/**
 * Checks whether a run can be started, or resumed.
 *
 * @returns The checkpoint of step 0 that a new run may replace.
 */
async function newestToReplace(run: RunFolder, resume: boolean): Promise<string | undefined> {
  const newest = (await listCheckpoints(run.checkpoints)).at(-1);
  if (resume && newest === undefined && !(await isFile(run.config))) {
    throw new Error(`Cannot resume run ${run.path}: expected a checkpoint in ${run.checkpoints}, got none`);
  }
  const worthKeeping = newest !== undefined && stepOf(newest) > 0;
  if (!resume && worthKeeping) {
    throw new Error(
      `Cannot start a run in ${run.path}: expected no checkpoints there, got ${newest}; ` +
        "resume that run, or choose another folder",
    );
  }
  return resume ? undefined : newest;
}

async function removeHalfWritten(run: RunFolder): Promise<void> {
  const { config, alignment, start, metrics, scores, report, summary, model, lastModel } = run;
  const paths = [config, alignment, start, metrics, scores, report, summary, model, lastModel];
  const names = paths.map((path) => basename(path));
  await removeLeftovers(run.path, (name) => names.includes(name) || /^(flight|teacher)-/.test(name));
  const ofCheckpoint = (name: string) => [stepOf(name), stepOfShard(name)].some(Number.isInteger);
  await removeLeftovers(run.checkpoints, ofCheckpoint);
}

const isFile = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

/**
 * Reads the newest checkpoint that is whole. Newer ones, which are not, get the ending `.damaged`.
 *
 * @param before Only checkpoints of earlier steps than this; `interim`: those too that are there because the run stopped.
 * @returns `undefined` where there is no checkpoint.
 * @throws {CheckpointError} When there are some, but none is whole.
 */
export async function newestCheckpoint(
  run: RunFolder,
  onWarning: (message: string) => void = () => {},
  { before = Number.POSITIVE_INFINITY, interim = true }: { before?: number; interim?: boolean } = {},
): Promise<Checkpoint | undefined> {
  const paths = (await listCheckpoints(run.checkpoints)).filter((path) => stepOf(path) < before);
  const damaged: { path: string; message: string }[] = [];
  for (const path of paths.toReversed()) {
    try {
      const checkpoint = await readCheckpoint(path);
      if (checkpoint.info.interim && !interim) continue;
      const { head, progress } = checkpoint.info;
      if (head) await checkShards(run.checkpoints, progress.step, head);
      for (const { path: bad, message } of damaged) {
        await rename(bad, `${bad}.damaged`);
        onWarning(`${message}; kept as ${basename(bad)}.damaged, going on from ${basename(path)}`);
      }
      return checkpoint;
    } catch (error) {
      if (!(error instanceof DamagedCheckpointError || error instanceof DamagedShardError)) throw error;
      damaged.push({ path, message: error.message });
    }
  }
  if (damaged.length === 0) return undefined;
  const { message } = damaged[0];
  throw new DamagedCheckpointError(`${message}, and no checkpoint before it is whole; start a new run`);
}
