import type { Communicator } from "@amface/mpi";
import * as tf from "@tensorflow/tfjs-core";
import type { TrainSummary } from "../evaluation/train-summary.ts";
import type { StreamPosition } from "../photos/batch-stream.ts";
import { broadcastJson, gatherJson } from "../processes/messages.ts";
import { nonFiniteState } from "../run/checkpoint.ts";
import { writeShards } from "../run/shard-files.ts";
import { sampledTensors } from "../step/head-sample.ts";
import type { TrainState } from "../step/train-state.ts";
import type { StepHyper } from "../step/train-step.ts";

/**
 * What process 0, which runs the loop, has the others do together with it: they follow, and decide nothing.
 *
 * - `teacher`: take the teacher's embeddings from this folder, or where the config keeps them
 * - `state`: take over all variables of its state, and read the blocks of a sharded head from a checkpoint, where it says one
 * - `save`: write the blocks of a sharded head
 * - `batch`: load their share of the batch at this place of the stream
 * - `step`: make a step with that batch
 * - `end`: the session is over
 */
export type Command =
  | { readonly kind: "teacher"; readonly folder: string }
  | { readonly kind: "state"; readonly step: number; readonly head: SavedHead | undefined }
  | { readonly kind: "save"; readonly folder: string; readonly step: number }
  | { readonly kind: "batch"; readonly at: StreamPosition }
  | { readonly kind: "step"; readonly hyper: Partial<StepHyper>; readonly observe: boolean }
  | { readonly kind: "end"; readonly summary: TrainSummary };

/** Where the blocks of a sharded head lie, and their SHA-256. */
export interface SavedHead {
  readonly folder: string;
  readonly step: number;
  readonly digests: readonly string[];
}

/** Tells the other processes, where there are any. */
export async function announce(processes: Communicator, command: Command): Promise<void> {
  if (processes.size > 1) await broadcastJson(processes, command);
}

/** Gives all processes the state of process 0; of a sharded head each reads its blocks from the checkpoint. */
export async function announceState(
  processes: Communicator,
  state: TrainState,
  head: SavedHead | undefined,
): Promise<void> {
  if (processes.size === 1) return;
  await announce(processes, { kind: "state", step: state.step, head });
  await shareState(processes, state);
}

/**
 * Has every process write its blocks of a sharded head.
 *
 * @returns SHA-256 of each block; none where the head is not sharded.
 * @throws {NonFiniteStateError} When a value is not finite, in whatever process.
 */
export async function saveHead(
  processes: Communicator,
  { shards }: TrainState,
  folder: string,
  step: number,
): Promise<readonly string[] | undefined> {
  if (!shards) return undefined;
  await announce(processes, { kind: "save", folder, step });
  const written = await gatherJson(processes, await writeShards(folder, step, shards));
  const notFinite = written.find((shards) => shards.notFinite !== undefined)?.notFinite;
  if (notFinite !== undefined) throw nonFiniteState(step, notFinite);
  return written.flatMap(({ digests }) => digests);
}

/** Sends the variables of process 0 and its sampled head, and puts them in place of the others' own. */
export async function shareState(processes: Communicator, state: TrainState): Promise<void> {
  for (const { data } of sampledTensors(state)) await processes.broadcast(data);
  for (const { variable } of state.variables) {
    const values = (await variable.data<"float32">()).slice();
    await processes.broadcast(values);
    if (processes.rank > 0) tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
  }
}
