import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FileLock, LockedError, writeFileAtomic } from "@amface/files";
import {
  type EpochScores,
  listCheckpoints,
  type RunStanding,
  readRunJson,
  runFolder,
  type SweepRun,
  type TrainSummary,
} from "@amface/train";
import { MAIN, program, programArgs } from "../command/same-runtime.ts";
import { DIVERGED } from "../train/diverged.ts";

/** How the trainings of a sweep are started. */
export interface RunSettings {
  /** Folder of the runs' folders. */
  readonly folder: string;
  /** Options of `amface train` for all runs, such as `--threads 1`. */
  readonly flags: readonly string[];
  readonly signal: AbortSignal;
}

/** What a run's folder keeps of a training whose loss left its course, so that it is not tried again. */
const FAILURE = "failure.json";
/** Lines of a training's messages that tell why it ended. */
const LAST_LINES = 3;

/**
 * Trains a run until it has so many epochs behind it, or to its end, by `amface train` in a process of its own, from wherever it
 * stands. A training of an earlier sweep that was killed, and that still goes on, is waited for. When the signal is given,
 * the training is asked to stop, and saves what is done.
 *
 * @returns With a `failure` where the loss left its course: in this or an earlier call, on the way to that epoch.
 * @throws {Error} When the training ended in any other way: what stopped it lies outside the run.
 */
export async function trainRun(
  run: SweepRun,
  epochs: number | undefined,
  settings: RunSettings,
): Promise<RunStanding> {
  const path = join(settings.folder, run.name);
  await mkdir(path, { recursive: true });
  await lockFree(runFolder(path).lock, settings.signal);
  const standing = await standingOf(path);
  // A run that fails later on is judged by its scores until then, as it was when it came by.
  if (standing.epochs >= (epochs ?? Number.POSITIVE_INFINITY)) return { ...standing, failure: undefined };
  if (settings.signal.aborted || standing.finished || standing.failure !== undefined) return standing;
  const config = join(path, "sweep-config.json");
  await writeFileAtomic(config, `${JSON.stringify(run.config, null, 2)}\n`);
  const checkpoints = await listCheckpoints(runFolder(path).checkpoints);
  const which = checkpoints.length > 0 ? ["--resume", path] : ["--config", config, "--run-dir", path];
  const until = epochs === undefined ? [] : ["--until-epoch", String(epochs)];
  const { ended, messages } = await runTraining([...which, ...until, ...settings.flags], settings.signal);
  // Another sweep was quicker: its training is waited for.
  if (messages.includes("a run that nobody is training")) return await trainRun(run, epochs, settings);
  if (ended !== 0 && !settings.signal.aborted) {
    const failure = messages.trim().split("\n").slice(-LAST_LINES).join("\n");
    if (ended !== DIVERGED) {
      const got = typeof ended === "number" ? `exit status ${ended}` : ended;
      throw new Error(
        `Cannot go on with the sweep: expected the training in ${path} to end, got ${got}${failure && `: ${failure}`}\n` +
          "When that is mended, the same call goes on",
      );
    }
    await writeFileAtomic(join(path, FAILURE), `${JSON.stringify({ failure })}\n`);
  }
  return await standingOf(path);
}

/** Waits until no process trains in the folder. */
async function lockFree(path: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      return await (await FileLock.acquire(path)).release();
    } catch (error) {
      if (!(error instanceof LockedError)) throw error;
    }
    await sleep(500);
  }
}

async function standingOf(path: string): Promise<RunStanding> {
  const run = runFolder(path);
  const summary = await readRunJson<Pick<TrainSummary, "finished" | "epochs">>(run.summary);
  const { finished = false, epochs = 0 } = summary ?? {};
  const history = (await readRunJson<EpochScores[]>(run.scores)) ?? [];
  // One that failed may since have been trained to its end by hand.
  const failed = finished ? undefined : await readRunJson<{ failure: string }>(join(path, FAILURE));
  const mend = `go on by amface train --resume ${path} with other options, or remove ${join(path, FAILURE)} to try again`;
  return { finished, epochs, history, ...(failed && { failure: `${failed.failure}\n${mend}` }) };
}

async function runTraining(
  args: readonly string[],
  signal: AbortSignal,
): Promise<{ ended: number | NodeJS.Signals; messages: string }> {
  // A group of its own: Ctrl-C in the terminal reaches the training once, from here.
  const child = spawn(program, [...programArgs, MAIN, "train", ...args, "--no-mpi", "--json", "--quiet"], {
    stdio: ["ignore", "ignore", "pipe"],
    detached: process.platform !== "win32",
  });
  const stop = () => child.kill("SIGTERM");
  const end = () => child.kill("SIGKILL");
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  process.once("exit", end);
  const chunks: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
  try {
    const [status, killed] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    return { ended: killed ?? status!, messages: Buffer.concat(chunks).toString() };
  } finally {
    signal.removeEventListener("abort", stop);
    process.removeListener("exit", end);
  }
}
