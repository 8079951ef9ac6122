import { rm } from "node:fs/promises";
import { listCheckpoints, restoreCheckpoint, saveCheckpoint, stepOf } from "../run/checkpoint.ts";
import type { CheckpointInfo, Rewind } from "../run/checkpoint-info.ts";
import { newestCheckpoint } from "../run/run-folder.ts";
import { readShards } from "../run/shard-files.ts";
import type { Divergence } from "./divergence.ts";
import type { FlightRecorder } from "./flight-recorder.ts";
import type { Session } from "./session.ts";

/**
 * Writes the flight record of a loss that has left its course, and takes the run back to the newest checkpoint before,
 * with one more rewind: from then on the learning rate is half of what it was, and the blamed batches are left out.
 * Where the run has gone back to that checkpoint before and come no further, it is the one before that.
 *
 * Killed at any moment, the run does the same again when it is resumed: it all depends on what the checkpoints say.
 *
 * @param rewinds Those that the run has behind it.
 * @returns What the checkpoint now says.
 * @throws {Divergence} The error itself, naming the record, where the config says to stop, or the run may not go back
 *   once more.
 */
export async function rewind(
  { config, run, lock, facts, state, options }: Session,
  error: Divergence,
  recorder: FlightRecorder,
  rewinds: readonly Rewind[],
): Promise<CheckpointInfo> {
  const { step, loss, blamed } = recorder.failure(error);
  const record = run.flightRecord(step);
  await recorder.write(record, error, config, rewinds);
  error.message += `; its batches and the steps before are in ${record}`;
  if (config.onDivergence === "stop") throw error;
  if (rewinds.length >= config.maxRewinds) {
    error.message += `; the run went back ${rewinds.length} times, as often as maxRewinds allows`;
    throw error;
  }
  const before = (step: number) => newestCheckpoint(run, options.onWarning, { before: step, interim: false });
  const newest = await before(blamed[0].step);
  const last = rewinds.at(-1)?.to;
  const inVain = last !== undefined && newest?.info.progress.step === last;
  const checkpoint = (inVain ? await before(last) : undefined) ?? newest;
  if (checkpoint === undefined) throw error;

  const to = checkpoint.info.progress.step;
  const leftOut = blamed.map(({ at }) => at);
  const info = { ...checkpoint.info, ...facts, rewinds: [...rewinds, { step, loss, to, leftOut }] };
  await lock.check();
  restoreCheckpoint(state, checkpoint);
  const { head } = info;
  if (head && state.shards) await readShards(run.checkpoints, to, head, state.shards);
  await saveCheckpoint(run.checkpoints, state, info, { kept: Number.POSITIVE_INFINITY });
  for (const path of (await listCheckpoints(run.checkpoints)).toReversed())
    if (stepOf(path) > to) await rm(path);
  options.onWarning?.(
    `${error.message}; going back to step ${to}, with ${0.5 ** info.rewinds.length} of the learning rate and without ` +
      `${leftOut.length === 1 ? "that batch" : "those batches"}`,
  );
  return info;
}
