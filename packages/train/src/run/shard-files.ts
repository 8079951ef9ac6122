import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type NamedTensor, readSafetensors, SafetensorsError, writeSafetensors } from "@amface/nets";
import * as tf from "@tensorflow/tfjs-core";
import type { HeadBlock, HeadShards } from "../step/head-shards.ts";
import { tensorsDigest } from "./state-tensors.ts";

const NAME = /^step-(\d+)-head-(\d+)\.safetensors$/;

/** A block of a sharded head in a folder of checkpoints. */
function pathOf(folder: string, step: number, block: number): string {
  return join(
    folder,
    `step-${String(step).padStart(6, "0")}-head-${String(block).padStart(4, "0")}.safetensors`,
  );
}

/** The step of a checkpoint that a file is a block of; NaN of other files, and of what a killed process left of one. */
export const stepOfShard = (name: string): number => Number(NAME.exec(name)?.[1]);

/** What a process says of the blocks that it wrote. */
export interface WrittenShards {
  /** SHA-256 of each block's names, shapes and values. */
  readonly digests: readonly string[];
  /** The first tensor of a block with values that are not finite. Nothing was written then of that block. */
  readonly notFinite?: string | undefined;
}

/**
 * Writes this process's blocks of a sharded head, a file each, whole or not at all.
 *
 * @throws {WriteError} When the disk is full or the folder not writable.
 */
export async function writeShards(
  folder: string,
  step: number,
  { blocks }: HeadShards,
): Promise<WrittenShards> {
  const digests: string[] = [];
  for (const { index, variables } of blocks) {
    const tensors: NamedTensor[] = [];
    for (const { name, variable } of variables) {
      const data = await variable.data<"float32">();
      if (!data.every(Number.isFinite)) return { digests, notFinite: `block ${index} of ${name}` };
      tensors.push({ name, shape: variable.shape, data });
    }
    const sha256 = tensorsDigest(tensors);
    await writeSafetensors(pathOf(folder, step, index), tensors, { block: String(index), sha256 });
    digests.push(sha256);
  }
  return { digests };
}

/** A block that is not there, or not as its checkpoint says. */
export class DamagedShardError extends Error {
  override readonly name = "DamagedShardError";
}

/** @throws {DamagedShardError} */
async function readShard(
  path: string,
  digest: string | undefined,
): Promise<ReadonlyMap<string, NamedTensor>> {
  const refuse = (got: string, cause?: unknown): never => {
    throw new DamagedShardError(`Cannot resume from ${path}: expected a block of the head, got ${got}`, {
      cause,
    });
  };
  const { tensors } = await readSafetensors(path).catch(
    (error: Error & { cause?: NodeJS.ErrnoException }) => {
      if (error instanceof SafetensorsError || error.cause?.code === "ENOENT")
        return refuse(error.message, error);
      throw error;
    },
  );
  return tensorsDigest(tensors.values()) === digest ? tensors : refuse("other values than were written");
}

/**
 * Reads all blocks of a checkpoint, one after the other, and keeps none.
 *
 * @param digests Of all blocks, by their numbers.
 * @throws {DamagedShardError} Where one is not there, or not as it was written.
 */
export async function checkShards(folder: string, step: number, digests: readonly string[]): Promise<void> {
  for (const [block, digest] of digests.entries()) await readShard(pathOf(folder, step, block), digest);
}

/**
 * Gives this process's blocks the values of a checkpoint, whichever processes wrote them.
 *
 * @param digests Of all blocks, by their numbers.
 * @throws {DamagedShardError} Where one is not there, not as it was written, or of another head.
 */
export async function readShards(
  folder: string,
  step: number,
  digests: readonly string[],
  { blocks }: HeadShards,
): Promise<void> {
  for (const block of blocks) {
    const path = pathOf(folder, step, block.index);
    assign(block, await readShard(path, digests[block.index]), path);
  }
}

function assign({ variables }: HeadBlock, tensors: ReadonlyMap<string, NamedTensor>, path: string): void {
  for (const { name, variable } of variables) {
    const found = tensors.get(name);
    if (String(found?.shape) !== String(variable.shape)) {
      throw new DamagedShardError(
        `Cannot resume from ${path}: expected ${name} [${variable.shape}], got [${found?.shape ?? "none"}]`,
      );
    }
    tf.tidy(() => variable.assign(tf.tensor((found as NamedTensor).data, variable.shape)));
  }
}

/** Removes the blocks of checkpoints that are no longer there. */
export async function pruneShards(folder: string, steps: ReadonlySet<number>): Promise<void> {
  for (const name of await readdir(folder)) {
    const step = stepOfShard(name);
    if (Number.isInteger(step) && !steps.has(step)) await rm(join(folder, name));
  }
}
