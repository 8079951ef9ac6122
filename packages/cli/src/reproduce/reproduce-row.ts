import { join } from "node:path";
import { jsonShape, parseJson, readText, writeFileAtomic } from "@amface/files";
import type { CommandContext } from "../command/command.ts";
import { compareStage, type Difference, type StageOutcome } from "./compare-stage.ts";
import { withPlaces } from "./find-place.ts";
import { type Made, type Measured, measureStage } from "./measure-stage.ts";
import type { ResultRow, RowCommand, Stage } from "./result-row.ts";
import { runAmface, wordsOf } from "./run-amface.ts";

/** How a row came out. */
export interface RowOutcome {
  readonly name: string;
  /**
   * `reproduced`: every stage is the same or close; `no data`: nothing was run; `failed`: a command failed; `stopped`: by
   * Ctrl-C, what is done is kept.
   */
  readonly verdict: "reproduced" | "differs" | "failed" | "stopped" | "no data";
  /** The first stage that differs, and the value. */
  readonly first?: Difference & { readonly stage: string };
  readonly stages: readonly StageOutcome[];
  /** Of the commands, and what they took where the row was measured. */
  readonly seconds: number;
  readonly expectedSeconds: number;
  /** Why it failed, or what to get. */
  readonly reason?: string;
}

/** What a row came to, with all that was measured on the way. */
export interface RowRun {
  readonly outcome: RowOutcome;
  /** By stages, in their order. */
  readonly measured: readonly Measured[];
}

/** A command that is done: another call goes on behind it. */
interface DoneCommand {
  readonly run: string;
  readonly seconds: number;
  readonly printed: unknown;
}

const { anything, fields, listOf, number, text } = jsonShape;
const DONE = listOf(fields<DoneCommand>({ run: text, seconds: number, printed: anything }));

/**
 * Runs a row's commands in a folder of its own, those that an earlier call finished there excepted, and compares what
 * each leaves with what the row expects.
 *
 * @param places Where the row's data lies, all of it.
 * @throws {Error} When the folder's earlier commands are others than the row's.
 */
export async function reproduceRow(
  row: ResultRow,
  dir: string,
  places: Readonly<Record<string, string>>,
  context: CommandContext,
): Promise<RowRun> {
  const log = join(dir, "done.json");
  const done = await readDone(log, row);
  const stages: StageOutcome[] = [];
  const measured: Measured[] = [];
  const outcome = (verdict: RowOutcome["verdict"], reason?: string): RowRun => {
    const first = firstDifference(stages);
    const seconds = done.reduce((sum, command) => sum + command.seconds, 0);
    const told = { ...(first && { first }), ...(reason !== undefined && { reason }) };
    return {
      outcome: { name: row.name, verdict, ...told, stages, seconds, expectedSeconds: row.seconds },
      measured,
    };
  };
  for (const [at, command] of row.commands.entries()) {
    if (done[at] === undefined) {
      if (context.signal.aborted) return outcome("stopped");
      context.reporter.say(`${row.name} ${at + 1}/${row.commands.length}: ${command.run}`);
      const ran = await runCommand(command, dir, places, context);
      if (context.signal.aborted && ran.status !== 0) return outcome("stopped");
      if (ran.status !== 0) return outcome("failed", failureOf(command, ran.status));
      done.push({ run: command.run, seconds: ran.seconds, printed: ran.printed });
      await writeFileAtomic(log, `${JSON.stringify(done, null, 1)}\n`);
    }
    for (const stage of command.stages) {
      const made = { dir, places, printed: done[at].printed };
      const { compared, values } = await lookAt(stage, made);
      stages.push(compared);
      measured.push(values);
      if (compared.verdict === "differs") context.reporter.say(`${row.name}: ${stage.stage} differs`);
    }
  }
  return outcome(stages.some(({ verdict }) => verdict === "differs") ? "differs" : "reproduced");
}

async function readDone(path: string, { name, commands }: ResultRow): Promise<DoneCommand[]> {
  const json = await readText(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "[]";
    throw error;
  });
  const done = parseJson<DoneCommand[]>(json, DONE);
  const other = done.find(({ run }, at) => run !== commands[at]?.run);
  if (other) {
    throw new Error(
      `Cannot go on with ${name}: expected the row's commands in ${path}, got ${other.run}; begin in a new folder`,
    );
  }
  return done;
}

async function runCommand(
  { run }: RowCommand,
  dir: string,
  places: Readonly<Record<string, string>>,
  { reporter, signal }: CommandContext,
) {
  const start = performance.now();
  const words = wordsOf(run).map((word) => withPlaces(word, places));
  const ran = await runAmface(words, dir, { quiet: reporter.quiet, signal });
  return { ...ran, seconds: (performance.now() - start) / 1000 };
}

const failureOf = ({ run }: RowCommand, status: number | null) =>
  `expected ${run} to succeed, got ${status === null ? "one that was killed" : `exit status ${status}`}`;

async function lookAt(stage: Stage, made: Made): Promise<{ compared: StageOutcome; values: Measured }> {
  try {
    const values = await measureStage(stage, made);
    return { compared: compareStage(stage, values), values };
  } catch (error) {
    const compared = { ...compareStage(stage, {}), error: (error as Error).message };
    return { compared, values: {} };
  }
}

function firstDifference(stages: readonly StageOutcome[]): RowOutcome["first"] {
  const found = stages.find(({ verdict }) => verdict === "differs");
  return found && { stage: found.stage, ...found.differences[0] };
}
