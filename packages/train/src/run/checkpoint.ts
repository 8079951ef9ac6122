import { readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { makeFolder } from "@amface/files";
import {
  type NamedTensor,
  netMetadata,
  readSafetensors,
  SafetensorsError,
  writeSafetensors,
} from "@amface/nets";
import * as tf from "@tensorflow/tfjs-core";
import { sampledTensors } from "../step/head-sample.ts";
import type { TrainState } from "../step/train-state.ts";
import { type CheckpointInfo, parseCheckpointInfo } from "./checkpoint-info.ts";
import { pruneShards } from "./shard-files.ts";
import { stateTensors, tensorsDigest } from "./state-tensors.ts";

/** A checkpoint that cannot be used: damaged, of another net or number of identities, or with values that are not finite. */
export class CheckpointError extends Error {
  override readonly name: string = "CheckpointError";
}

/** Weights, slots or statistics that are no longer finite, found before a checkpoint of them was written. */
export class NonFiniteStateError extends CheckpointError {
  override readonly name = "NonFiniteStateError";
}

export const nonFiniteState = (step: number, name: string): NonFiniteStateError =>
  new NonFiniteStateError(
    `Cannot save a checkpoint of step ${step}: expected finite values in ${name}, got NaN or ` +
      "infinity; the checkpoints before it are kept: resume from the newest with a smaller learning rate",
  );

/** A checkpoint whose bytes are not those that were written. */
export class DamagedCheckpointError extends CheckpointError {
  override readonly name = "DamagedCheckpointError";
}

const FORMAT = "amface checkpoint 1";
const NAME = /^step-(\d+)\.safetensors$/;

/** The name of a step's checkpoint in its folder. */
export function checkpointName(step: number): string {
  return `step-${String(step).padStart(6, "0")}.safetensors`;
}

/** Which checkpoints stay when another is written. */
export interface Keeping {
  /** How many of the newest. */
  readonly kept: number;
  /** The steps whose checkpoints stay besides. */
  readonly pinned?: ReadonlySet<number>;
  /** The step of an interim checkpoint, which does not stay. */
  readonly interim?: number | undefined;
}

/**
 * Writes a checkpoint, whole or not at all, and then removes those that need not stay.
 *
 * @returns The path of the file.
 * @throws {NonFiniteStateError} When a value is not finite; nothing is written then.
 * @throws {WriteError} When the disk is full or the folder not writable; nothing is left behind.
 */
export async function saveCheckpoint(
  folder: string,
  state: TrainState,
  info: CheckpointInfo,
  keeping: Keeping,
): Promise<string> {
  await makeFolder(folder);
  const tensors = await stateTensors(state);
  for (const { name, data } of tensors) {
    if (!data.every(Number.isFinite)) {
      throw nonFiniteState(info.progress.step, name);
    }
  }
  const path = join(folder, checkpointName(info.progress.step));
  const metadata = {
    format: FORMAT,
    ...netMetadata(state.net),
    checkpoint: JSON.stringify(info),
    sha256: tensorsDigest(tensors),
  };
  await writeSafetensors(path, tensors, metadata);
  await prune(folder, info, keeping);
  return path;
}

async function prune(
  folder: string,
  { progress, interim: isInterim }: CheckpointInfo,
  { kept, pinned, interim }: Keeping,
): Promise<void> {
  const { step } = progress;
  const counted: string[] = [];
  for (const path of await listCheckpoints(folder)) {
    const at = stepOf(path);
    if (at === interim && at !== step) await rm(path);
    else if (!(isInterim && at === step)) counted.push(path);
  }
  for (const old of counted.slice(0, Math.max(0, counted.length - kept)))
    if (!pinned?.has(stepOf(old))) await rm(old);
  await pruneShards(folder, new Set((await listCheckpoints(folder)).map(stepOf)));
}

/** The step of a checkpoint, by its path. */
export function stepOf(path: string): number {
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
 * @throws {DamagedCheckpointError} Where it is damaged.
 * @throws {CheckpointError} Where it is something else.
 * @throws {Error} Where it cannot be read.
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const { tensors, metadata } = await readSafetensors(path).catch((error: Error) => {
    if (!(error instanceof SafetensorsError)) throw error;
    throw new DamagedCheckpointError(error.message, { cause: error });
  });
  if (metadata.format !== FORMAT) {
    throw new CheckpointError(
      `Cannot resume from ${path}: expected ${FORMAT}, got ${metadata.format ?? "no format"}`,
    );
  }
  if (tensorsDigest(tensors.values()) !== metadata.sha256) {
    throw new DamagedCheckpointError(
      `Cannot resume from ${path}: its values are not those that were written`,
    );
  }
  return { path, info: parseInfo(path, metadata.checkpoint), tensors };
}

function parseInfo(path: string, text = ""): CheckpointInfo {
  try {
    return parseCheckpointInfo(text);
  } catch (cause) {
    const { message } = cause as Error;
    throw new DamagedCheckpointError(
      `Cannot resume from ${path}: what it says of its run is damaged: ${message}`,
      { cause },
    );
  }
}

/** The factor of the loss, which only a state that computes in float16 has. */
const LOSS_SCALE = "loss-scale";

/**
 * Gives a state the values of a checkpoint. One that computes in float16, where the checkpoint's did not, starts with its own
 * factor of the loss; in float32 that factor is dropped.
 *
 * @throws {CheckpointError} Where the two do not have the same variables.
 */
export function restoreCheckpoint(state: TrainState, { path, info, tensors: saved }: Checkpoint): void {
  const keepsScale = saved.has(LOSS_SCALE) && state.lossScale_1 !== undefined;
  const tensors = new Map([...saved].filter(([name]) => keepsScale || name !== LOSS_SCALE));
  const variables = state.variables.filter(({ name }) => keepsScale || name !== LOSS_SCALE);
  const describe = (name: string, shape?: readonly number[]) => (shape ? `${name} [${shape}]` : `no ${name}`);
  const sampled = sampledTensors(state);
  const wanted = [...variables.map(({ name, variable }) => ({ name, shape: variable.shape })), ...sampled];
  for (const { name, shape: expectedShape } of wanted) {
    const shape = tensors.get(name)?.shape;
    if (String(shape) !== String(expectedShape)) {
      const expected = describe(name, expectedShape);
      throw new CheckpointError(
        `Cannot resume from ${path}: expected ${expected}, got ${describe(name, shape)}`,
      );
    }
  }
  if (tensors.size !== wanted.length) {
    const expected = `${wanted.length} tensors`;
    throw new CheckpointError(`Cannot resume from ${path}: expected ${expected}, got ${tensors.size}`);
  }
  tf.tidy(() => {
    for (const { name, variable } of variables) {
      variable.assign(tf.tensor((tensors.get(name) as NamedTensor).data, variable.shape));
    }
  });
  for (const { name, data } of sampled) data.set((tensors.get(name) as NamedTensor).data);
  state.step = info.progress.step;
}
