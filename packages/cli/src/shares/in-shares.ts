import { createHash } from "node:crypto";
import { basename, dirname, join, resolve } from "node:path";
import { findLaunch, init } from "@amface/mpi";
import type { CommandContext, OptionSpec } from "../command/command.ts";
import { inArray } from "./array-shares.ts";
import { arrayTask } from "./array-task.ts";
import { inProcesses } from "./mpi-shares.ts";
import { PartsFolder } from "./parts-folder.ts";
import { ALONE, ResultElsewhere, type Shares } from "./shares.ts";

/** `--alone` of commands whose work is shared. */
export const aloneOption = {
  help: "do all in this process: without it mpirun's processes, or a Slurm array's tasks, each do a part and one joins them",
} as const satisfies OptionSpec;

export interface ShareOptions {
  /** The command. */
  readonly name: string;
  /** Its options: tasks of one array that differ in them do not meet. */
  readonly values: Readonly<Record<string, unknown>> & { readonly alone: boolean };
  /** A file or folder of the result, beside which parts may be written; else they are in the working directory. */
  readonly beside: string | undefined;
  /** Whether the call itself says what to do a part of, as tasks of an array may. */
  readonly byHand?: boolean;
}

/**
 * Runs a command's work: alone, or as one of the processes that MPI or, where that did not, a Slurm array started. They
 * meet in a hidden folder, which all must see.
 *
 * @returns `undefined` in processes that do not make the result.
 */
export async function inShares<R>(
  { name, values, beside = `amface-${name}`, byHand = false }: ShareOptions,
  context: CommandContext,
  work: (shares: Shares, context: CommandContext) => Promise<R>,
): Promise<R | undefined> {
  const isLaunched = !values.alone && (findLaunch()?.size ?? 1) > 1;
  const task = values.alone || isLaunched || byHand ? undefined : arrayTask(process.env);
  if (!isLaunched && !task) return await work(ALONE, context);
  const call = createHash("sha256")
    .update(JSON.stringify([name, values]))
    .digest("hex")
    .slice(0, 8);
  const folder = (run: string) =>
    new PartsFolder(join(dirname(resolve(beside)), `.${basename(beside)}.parts-${run}${call}`));
  try {
    if (task) {
      const parts = folder(`${task.job}-`);
      return await inArray(task, parts, context.reporter, (shares) => work(shares, context));
    }
    const processes = await init();
    const { reporter: loud } = context;
    const reporter = processes.rank === 0 ? loud : loud.quietly();
    reporter.say(`${processes.size} processes of ${processes.library}`);
    return await inProcesses(processes, folder(""), (shares) => work(shares, { ...context, reporter }));
  } catch (error) {
    if (error instanceof ResultElsewhere) return undefined;
    // What waits for other processes must not keep one that has failed alive: its end is theirs.
    if (isLaunched) setTimeout(() => process.exit(1), 100).unref();
    throw error;
  }
}
