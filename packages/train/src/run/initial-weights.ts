import { writeFileAtomic } from "@amface/files";
import type { TrainState } from "../step/train-state.ts";
import { json } from "./json.ts";
import type { RunFolder } from "./run-folder.ts";
import { stateTensors, tensorsDigest } from "./state-tensors.ts";

/**
 * Writes the SHA-256 of what a run starts from: net, head and optimizer. Runs of one seed have the same.
 *
 * @param head Of each block of a sharded head, as its checkpoint has them.
 */
export async function writeInitialWeights(
  run: RunFolder,
  state: TrainState,
  head: readonly string[] | undefined,
): Promise<void> {
  const weights = tensorsDigest(await stateTensors(state));
  await writeFileAtomic(run.start, json({ weights, ...(head && { head }) }));
}
