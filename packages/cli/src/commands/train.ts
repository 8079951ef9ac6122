import { type Communicator, init, ONE_PROCESS } from "@amface/mpi";
import {
  ConfigError,
  isDivergence,
  meterText,
  TrainingMeter,
  type TrainSummary,
  train as trainNet,
} from "@amface/train";
import {
  type CommandContext,
  defineCommand,
  ExitError,
  type OptionValues,
  UsageError,
} from "../command/command.ts";
import type { ProgressBar } from "../command/reporter.ts";
import { timestamp } from "../command/timestamp.ts";
import { startEngine } from "../model/start-engine.ts";
import { localProcess } from "../shares/local-process.ts";
import { threadsFor } from "../shares/threads-for.ts";
import { DIVERGED } from "../train/diverged.ts";
import { renderTraining, scoresLine } from "../train/render-training.ts";
import { trainConfigOf } from "../train/train-config-of.ts";
import { trainOptions } from "../train/train-options.ts";
import { withLargestBatch } from "../train/with-largest-batch.ts";

export const train = defineCommand({
  options: trainOptions,
  shared: true,
  examples: [
    "amface train --data-dir crops --net resface-small --max-nrof-epochs 10 --run-dir runs/a",
    "amface train --data-dir crops --validation-identities 0.05 --lfw-dir lfw-crops --lfw-pairs pairs.txt",
    "amface train --preset paper --data-dir casia --lfw-dir lfw --lfw-pairs pairs.txt --run-dir runs/b",
    "amface train --resume runs/a",
    "mpirun -np 4 amface train --data-dir crops --batch-size 256 --accumulate-steps 8 --run-dir runs/c",
  ],
  async run(values, _, context) {
    const processes = values["no-mpi"] ? ONE_PROCESS : await init();
    try {
      return await trainHere(values, processes, context);
    } catch (error) {
      const diverged = isDivergence(error);
      // What waits for other processes must not keep one that has failed alive: its end is theirs.
      if (processes.size > 1) setTimeout(() => process.exit(diverged ? DIVERGED : 1), 100).unref();
      throw diverged ? new ExitError(error.message, DIVERGED, { cause: error }) : error;
    }
  },
  fails: (summary) => summary !== undefined && !summary.finished && !summary.paused,
  render: (summary) => (summary === undefined ? "" : renderTraining(summary)),
  exits: {
    help: `0 trained, 1 failure or stopped before the end, 2 wrong usage, ${DIVERGED} the loss left its course`,
    of: () => 0,
  },
});

/** @returns Nothing in processes that follow another. */
async function trainHere(
  values: OptionValues<typeof trainOptions>,
  processes: Communicator,
  { reporter: loud, signal }: CommandContext,
): Promise<TrainSummary | undefined> {
  const reporter = processes.rank === 0 ? loud : loud.quietly();
  if (values.resume !== undefined && values["run-dir"] !== undefined) {
    throw new UsageError("Cannot take --resume and --run-dir together: a run goes on in its own directory");
  }
  const runDir = values.resume ?? values["run-dir"] ?? `runs/${timestamp()}`;
  const given = await trainConfigOf(values).catch(asUsage);
  const { "gpu-memory": gpuMemory } = values;
  const threads = values.threads ?? (processes.size > 1 ? await threadsFor(processes) : undefined);
  if (processes.size > 1) reporter.say(`${processes.size} processes of ${processes.library}`);
  const local = await localProcess(processes);
  const engine = await startEngine({ ...values, threads }, reporter, {
    training: true,
    local,
    ...(gpuMemory !== undefined && { gpuMemory }),
  });
  const config =
    values["batch-size"] === "auto"
      ? await withLargestBatch(given, engine, reporter, local).catch(asUsage)
      : given;
  let progress: ProgressBar | undefined;
  let teaching: ProgressBar | undefined;
  const meter = new TrainingMeter();
  const skipped = new Set<string>();
  const summary = await trainNet(config, {
    runDir,
    resume: values.resume !== undefined,
    signal,
    untilEpoch: values["until-epoch"],
    engine: engine.label,
    engineReason: engine.reason,
    processes,
    onTeacher: (done, total) => {
      teaching ??= reporter.progress("teacher", total, "photos");
      teaching.update(done);
      if (done < total) return;
      teaching.end();
      teaching = undefined;
    },
    onStart: (start) => {
      const { config, identities, photos, unlabelledPhotos, stepsPerEpoch, totalSteps } = start;
      const { step, evaluated } = start;
      const more = unlabelledPhotos ? ` and ${unlabelledPhotos} without labels` : "";
      reporter.say(
        `${config.net} on ${photos} photos of ${identities} identities${more}, ${totalSteps} steps of ${config.batchSize}, ` +
          `${stepsPerEpoch} an epoch, into ${runDir}${step > 0 ? `, from step ${step} on` : ""}`,
      );
      for (const [name, { pairs, skippedPairs }] of Object.entries(evaluated)) {
        reporter.say(
          `evaluated on ${pairs} pairs: ${name}${skippedPairs > 0 ? ` (photos are missing of ${skippedPairs} more)` : ""}`,
        );
      }
      progress = reporter.progress("train", totalSteps, "steps", step);
    },
    onStep: (metrics) => progress?.update(metrics.step, meterText(meter.add(metrics))),
    onScores: (scores) => reporter.say(scoresLine(scores)),
    onWarning: (message) => reporter.warn(message),
    onSkip: ({ path, error }) => {
      if (!skipped.has(path)) reporter.warn(`Skipped: ${error.message}`);
      skipped.add(path);
    },
  }).catch(asUsage);
  progress?.end();
  processes.finalize();
  if (processes.rank > 0) return undefined;
  if (!summary.finished && !summary.paused)
    reporter.warn(`Stopped after step ${summary.steps}; go on with: amface train --resume ${runDir}`);
  return summary;
}

/** A config that cannot be used is a wrong call. */
function asUsage(error: unknown): never {
  throw error instanceof ConfigError ? new UsageError(error.message, { cause: error }) : error;
}
