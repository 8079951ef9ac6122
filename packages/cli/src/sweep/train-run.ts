import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FileLock, LockedError, writeFileAtomic } from "@amface/files";
import { listCheckpoints, type RunStanding, runFolder, type SweepRun } from "@amface/train";
import { MAIN, program, programArgs } from "../command/same-runtime.ts";

/** How the trainings of a sweep are started. */
export interface RunSettings {
  /** Folder of the runs' folders. */
  readonly folder: string;
  /** Options of `amface train` for all runs, such as `--threads 1`. */
  readonly flags: readonly string[];
  readonly signal: AbortSignal;
}

/** What a run's folder keeps of a training that failed, so that it is not tried again. */
const FAILURE = "failure.json";
/** Lines of a training's messages that tell why it failed. */
const LAST_LINES = 3;

/**
 * Trains a run until it has so many epochs behind it, or to its end, by `amface train` in a process of its own, from wherever it
 * stands. A training of an earlier sweep that was killed, and that still goes on, is waited for. When the signal is given,
 * the training is asked to stop, and saves what is done.
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
  const { finished, failure } = standing;
  if (settings.signal.aborted || finished || failure !== undefined) return standing;
  if (standing.epochs >= (epochs ?? Number.POSITIVE_INFINITY)) return standing;
  const config = join(path, "sweep-config.json");
  await writeFileAtomic(config, `${JSON.stringify(run.config, null, 2)}\n`);
  const checkpoints = await listCheckpoints(runFolder(path).checkpoints);
  const which = checkpoints.length > 0 ? ["--resume", path] : ["--config", config, "--run-dir", path];
  const until = epochs === undefined ? [] : ["--until-epoch", String(epochs)];
  const { status, messages } = await runTraining([...which, ...until, ...settings.flags], settings.signal);
  // Another sweep was quicker: its training is waited for.
  if (messages.includes("a run that nobody is training")) return await trainRun(run, epochs, settings);
  if (status !== 0 && !settings.signal.aborted) {
    const text = messages.trim().split("\n").slice(-LAST_LINES).join("\n");
    // A process that was killed did not fail: the next sweep goes on with its run.
    if (status !== null) await writeFileAtomic(join(path, FAILURE), `${JSON.stringify({ failure: text })}\n`);
    return { ...(await standingOf(path)), failure: text || "the process was killed" };
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
  const { finished = false, epochs = 0 } = (await jsonAt(run.summary)) ?? {};
  const { failure } = (await jsonAt(join(path, FAILURE))) ?? {};
  return { finished, epochs, failure, history: (await jsonAt(run.scores)) ?? [] };
}

// biome-ignore lint/suspicious/noExplicitAny: files that amface train has written
async function jsonAt(path: string): Promise<any> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  return text === undefined ? undefined : JSON.parse(text);
}

async function runTraining(
  args: readonly string[],
  signal: AbortSignal,
): Promise<{ status: number | null; messages: string }> {
  // A group of its own: Ctrl-C in the terminal reaches the training once, from here.
  const child = spawn(program, [...programArgs, MAIN, "train", ...args, "--no-mpi", "--json", "--quiet"], {
    stdio: ["ignore", "ignore", "pipe"],
    detached: process.platform !== "win32",
  });
  const stop = () => child.kill("SIGTERM");
  const end = () => child.kill("SIGKILL");
  signal.addEventListener("abort", stop);
  process.once("exit", end);
  const chunks: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
  try {
    const [status] = (await once(child, "close")) as [number | null];
    return { status, messages: Buffer.concat(chunks).toString() };
  } finally {
    signal.removeEventListener("abort", stop);
    process.removeListener("exit", end);
  }
}
