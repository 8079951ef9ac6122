import { join } from "node:path";
import { saveNet } from "@amface/nets";
import type { TrainConfig } from "../config/train-config.ts";
import type { EpochScores } from "../evaluation/score.ts";
import { LOSSES } from "../losses/losses.ts";
import { sizes } from "../photos/training-data.ts";
import { CheckpointError, checkpointName, readCheckpoint, restoreCheckpoint } from "../run/checkpoint.ts";
import type { Progress } from "../run/checkpoint-info.ts";
import type { Session } from "./session.ts";

/**
 * Saves the net of a finished run: the last state, and where validation chose one that one under the run's model, the
 * last beside it. The state is the chosen one's afterwards.
 *
 * @param chosen What validation chose; its checkpoint must be there.
 * @throws {CheckpointError} When it is not, or is damaged; the last net is saved then.
 * @throws {WriteError} When the disk is full or the folder not writable.
 */
export async function saveModels(
  session: Session,
  progress: Progress,
  chosen: EpochScores | undefined,
): Promise<{ model: string; lastModel?: string }> {
  const { run, state } = session;
  if (chosen === undefined) {
    await saveModel(session, run.model, progress);
    return { model: run.model };
  }
  await saveModel(session, run.lastModel, progress);
  if (chosen.step !== progress.step) {
    const path = join(run.checkpoints, checkpointName(chosen.step));
    const checkpoint = await readCheckpoint(path).catch((cause: Error) => {
      throw new CheckpointError(
        `Cannot save the net of step ${chosen.step}, which validation chose: expected its checkpoint ${path}, got ` +
          `${cause.message}; the net after the last step is in ${run.lastModel}`,
        { cause },
      );
    });
    restoreCheckpoint(state, checkpoint);
  }
  await saveModel(session, run.model, chosen);
  return { model: run.model, lastModel: run.lastModel };
}

/** Options that say where things lie on this machine. */
export const PLACES: ReadonlySet<string> = new Set([
  "dataDir",
  "excludeFile",
  "pretrainedModel",
  "teacher",
  "teacherCache",
  "unlabelledDir",
  "lfwDir",
  "lfwPairs",
  "testSets",
] satisfies (keyof TrainConfig)[]);

/** The net alone, with what a reader would ask about its training, but nothing that differs between machines. */
async function saveModel(
  { source, facts, state }: Session,
  path: string,
  { step, epoch }: { readonly step: number; readonly epoch: number },
): Promise<void> {
  const { config, alignment } = facts;
  const settings = Object.fromEntries(Object.entries(config).filter(([name]) => !PLACES.has(name)));
  const training = JSON.stringify({ steps: step, epochs: epoch, ...sizes(source), config: settings });
  const { loss, centerLossFactor, centerLossAlfa, lossWeight, teacherLoss, teacherWeight } = config;
  const { tripletLossFactor, tripletLossMargin } = config;
  const center = centerLossFactor > 0 ? { centerLossFactor, centerLossAlfa } : {};
  const triplet = tripletLossFactor > 0 ? { lossWeight, tripletLossFactor, tripletLossMargin } : {};
  const { teacher: sha256 } = facts;
  const teacher = sha256 === undefined ? {} : { lossWeight, teacher: { sha256, teacherLoss, teacherWeight } };
  const metadata = {
    loss: JSON.stringify({ name: loss, ...LOSSES[loss].settings(config), ...center, ...triplet, ...teacher }),
    training,
    ...(alignment && { alignment: JSON.stringify(alignment) }),
  };
  await saveNet(state.evaluated, path, metadata);
}
