import { createHash } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { type AlignmentRecord, alignmentDifferences, makeFolder } from "@amface/images";
import { type NamedTensor, netMetadata, readSafetensors, writeSafetensors } from "@amface/nets";
import * as tf from "@tensorflow/tfjs-core";
import { CHANGEABLE_EVALUATION } from "./evaluation/evaluation-config.ts";
import { ConfigError, resolveConfig } from "./resolve-config.ts";
import type { TrainConfig } from "./train-config.ts";
import type { TrainState } from "./train-state.ts";

/** Where a run stands; with the state's variables and the config, all that the next step depends on. */
export interface Progress {
  /** Steps done. */
  readonly step: number;
  /** Epochs done. */
  readonly epoch: number;
  /** Batches done of the epoch in progress. */
  readonly batchInEpoch: number;
  /** Passes over the photos done, and batches done of the one in progress. */
  readonly pass: number;
  readonly batchInPass: number;
  /** Seconds of training so far, over all sessions. */
  readonly seconds: number;
}

/** What stays the same during a session. */
export interface RunFacts {
  readonly config: TrainConfig;
  /** Fingerprint of the list of photos. */
  readonly data: string;
  /** How the crops were made, where their folder says so. */
  readonly alignment?: AlignmentRecord | undefined;
}

/** What a checkpoint says besides its tensors. */
export interface CheckpointInfo extends RunFacts {
  readonly progress: Progress;
  /** What the run's observers remember, by their names. */
  readonly observers?: Readonly<Record<string, unknown>> | undefined;
}

/** A checkpoint that cannot be used: damaged, of another net or number of identities, or with values that are not finite. */
export class CheckpointError extends Error {
  override readonly name = "CheckpointError";
}

const FORMAT = "amface checkpoint 1";
const NAME = /^step-(\d+)\.safetensors$/;

/** The name of a step's checkpoint in its folder. */
export function checkpointName(step: number): string {
  return `step-${String(step).padStart(6, "0")}.safetensors`;
}

/**
 * Writes a checkpoint, whole or not at all, and removes the oldest beyond `kept`, except those of `pinned` steps.
 *
 * @returns The path of the file.
 * @throws {CheckpointError} When a value is not finite; nothing is written then.
 */
export async function saveCheckpoint(
  folder: string,
  state: TrainState,
  info: CheckpointInfo,
  kept: number,
  pinned: ReadonlySet<number> = new Set(),
): Promise<string> {
  await makeFolder(folder);
  const tensors: NamedTensor[] = [];
  for (const { name, variable } of state.variables) {
    const data = (await variable.data()) as Float32Array;
    if (!data.every(Number.isFinite)) {
      throw new CheckpointError(
        `Cannot save a checkpoint of step ${info.progress.step}: expected finite values in ${name}, got NaN or ` +
          "infinity; the checkpoints before it are kept: resume from the newest with a smaller learning rate",
      );
    }
    tensors.push({ name, shape: variable.shape, data });
  }
  const path = join(folder, checkpointName(info.progress.step));
  await writeSafetensors(path, tensors, {
    format: FORMAT,
    ...netMetadata(state.net),
    checkpoint: JSON.stringify(info),
    sha256: digest(tensors),
  });
  const others = (await listCheckpoints(folder)).filter((other) => !pinned.has(stepOf(other)));
  for (const old of others.slice(0, Math.max(0, others.length - kept))) await rm(old);
  return path;
}

/** The step of a checkpoint, by its path. */
function stepOf(path: string): number {
  return Number(NAME.exec(basename(path))?.[1]);
}

/** The checkpoints of a folder, oldest first; none where there is no folder. */
export async function listCheckpoints(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  });
  return names
    .filter((name) => NAME.test(name))
    .sort((a, b) => stepOf(a) - stepOf(b))
    .map((name) => join(folder, name));
}

/** A checkpoint that was read and found whole. */
export interface Checkpoint {
  readonly path: string;
  readonly info: CheckpointInfo;
  readonly tensors: ReadonlyMap<string, NamedTensor>;
}

/**
 * Reads a checkpoint and checks that every byte is as it was written.
 *
 * @throws {CheckpointError} Where it is damaged or something else.
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const { tensors, metadata } = await readSafetensors(path).catch((error: Error) => {
    throw new CheckpointError(`${error.message}; remove it to resume from the checkpoint before`, {
      cause: error,
    });
  });
  if (metadata.format !== FORMAT) {
    throw new CheckpointError(
      `Cannot resume from ${path}: expected ${FORMAT}, got ${metadata.format ?? "no format"}`,
    );
  }
  if (digest([...tensors.values()]) !== metadata.sha256) {
    throw new CheckpointError(
      `Cannot resume from ${path}: its values are not those that were written; ` +
        "remove it to resume from the checkpoint before",
    );
  }
  return { path, info: parseInfo(path, metadata.checkpoint), tensors };
}

function parseInfo(path: string, text: string | undefined): CheckpointInfo {
  try {
    return JSON.parse(text as string) as CheckpointInfo;
  } catch (cause) {
    const message =
      `Cannot resume from ${path}: what it says of its run is damaged; ` +
      "remove it to resume from the checkpoint before";
    throw new CheckpointError(message, { cause });
  }
}

/**
 * Gives a state the values of a checkpoint.
 *
 * @throws {CheckpointError} Where the two do not have the same variables.
 */
export function restoreCheckpoint(state: TrainState, { path, info, tensors }: Checkpoint): void {
  const describe = (name: string, shape?: readonly number[]) => (shape ? `${name} [${shape}]` : `no ${name}`);
  for (const { name, variable } of state.variables) {
    const shape = tensors.get(name)?.shape;
    if (String(shape) !== String(variable.shape)) {
      const expected = describe(name, variable.shape);
      throw new CheckpointError(
        `Cannot resume from ${path}: expected ${expected}, got ${describe(name, shape)}`,
      );
    }
  }
  if (tensors.size !== state.variables.length) {
    const expected = `${state.variables.length} tensors`;
    throw new CheckpointError(`Cannot resume from ${path}: expected ${expected}, got ${tensors.size}`);
  }
  tf.tidy(() => {
    for (const { name, variable } of state.variables) {
      variable.assign(tf.tensor((tensors.get(name) as NamedTensor).data, variable.shape));
    }
  });
  state.step = info.progress.step;
}

/** Options that a resumed run may change: none of them enters what was computed before. */
const CHANGEABLE: readonly (keyof TrainConfig)[] = [
  "dataDir",
  "skipCorrupt",
  "maxNrofEpochs",
  "maxSteps",
  "schedule",
  "learningRate",
  "learningRateDecayEpochs",
  "learningRateDecayFactor",
  "learningRateSchedule",
  "checkpointEpochs",
  "checkpointsKept",
  "checkpointSteps",
  ...CHANGEABLE_EVALUATION,
];

/**
 * Checks that a run can go on from a checkpoint under a config and with these photos.
 *
 * @throws {ConfigError} Where options differ that shaped what the checkpoint holds.
 * @throws {CheckpointError} Where the photos are others, or were aligned in another way.
 */
export function checkResumable({ config, data, alignment }: RunFacts, { path, info }: Checkpoint): void {
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
  const old = resolveConfig(info.config); // one that was written before an option existed has its default
  for (const key of new Set([...Object.keys(config), ...Object.keys(old)]) as Set<keyof TrainConfig>) {
    const [now, before] = [JSON.stringify(config[key]), JSON.stringify(old[key])];
    if (now !== before && !CHANGEABLE.includes(key)) {
      throw new ConfigError(
        `Cannot resume from ${path}: expected ${key} to be ${before} as before, got ${now}; start a new run to change it`,
      );
    }
  }
}

function digest(tensors: readonly NamedTensor[]): string {
  const hash = createHash("sha256");
  for (const { name, shape, data } of tensors) {
    hash.update(`${name} [${shape}]\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}
