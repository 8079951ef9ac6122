import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { listCheckpoints, runFolder } from "@amface/train";
import { MAIN, program, programArgs } from "../command/same-runtime.ts";

/** How a command ended. */
export interface Ran {
  /** 0 where it succeeded; `null` where a signal ended it. */
  readonly status: number | null;
  /** What it printed with `--json`, where that is JSON. */
  readonly printed: unknown;
}

/** The words of a command line; what stands between single quotes is one. */
export function wordsOf(command: string): string[] {
  return Array.from(command.matchAll(/'([^']*)'|\S+/g), ([word, quoted]) => quoted ?? word);
}

/**
 * Runs `amface …` in a process of its own, as this one was run, with `--json`; messages go to standard error. When the
 * signal is given, the command is asked to stop, and saves what is done. A training that was stopped goes on.
 */
export async function runAmface(
  words: readonly string[],
  cwd: string,
  { quiet, signal }: { readonly quiet: boolean; readonly signal: AbortSignal },
): Promise<Ran> {
  const [, ...args] = await resumed(words, cwd);
  const options = ["--json", ...(quiet ? ["--quiet"] : [])];
  // A group of its own: Ctrl-C in the terminal reaches the command once, from here.
  const child = spawn(program, [...programArgs.map(absolute), MAIN, ...args, ...options], {
    cwd,
    stdio: ["ignore", "pipe", "inherit"],
    detached: process.platform !== "win32",
  });
  const stop = () => child.kill("SIGTERM");
  const end = () => child.kill("SIGKILL");
  signal.addEventListener("abort", stop);
  process.once("exit", end);
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  try {
    const [status] = (await once(child, "close")) as [number | null];
    return { status, printed: jsonOf(Buffer.concat(chunks).toString()) };
  } finally {
    signal.removeEventListener("abort", stop);
    process.removeListener("exit", end);
  }
}

/** The command that goes on with a training which an earlier one began. */
async function resumed(words: readonly string[], cwd: string): Promise<readonly string[]> {
  const run = words[words.indexOf("--run-dir") + 1];
  if (words[1] !== "train" || run === words[0]) return words;
  const checkpoints = await listCheckpoints(runFolder(join(cwd, run)).checkpoints);
  return checkpoints.length === 0 ? words : [...words.slice(0, 2), "--resume", run];
}

/** Files that the runtime is told of, such as `--tsconfig-override=FILE`, are found from another folder too. */
function absolute(arg: string): string {
  const [name, ...rest] = arg.split("=");
  const file = rest.join("=");
  return file !== "" && existsSync(file) ? `${name}=${resolve(file)}` : arg;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
