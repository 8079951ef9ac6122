import { writeFileAtomic } from "@amface/files";
import type { TrainState } from "../step/train-state.ts";
import { json } from "./json.ts";
import type { RunFolder } from "./run-folder.ts";
import { stateTensors, tensorsDigest } from "./state-tensors.ts";

/** Writes the SHA-256 of what a run starts from: net, head and optimizer. Runs of one seed have the same. */
export async function writeInitialWeights(run: RunFolder, state: TrainState): Promise<void> {
  await writeFileAtomic(run.start, json({ weights: tensorsDigest(await stateTensors(state)) }));
}
