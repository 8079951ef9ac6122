import { join } from "node:path";
import { writeFileAtomic } from "@amface/files";
import type { Measured } from "./measure-stage.ts";
import type { ResultRow, Stage } from "./result-row.ts";

/**
 * Writes a row's file anew, with what was measured as what is expected; tolerances stay, a value that was not
 * found, and the seconds, which a busy machine would spoil.
 *
 * @param measured By stages, in their order; the row is left as it is where there is not one for each.
 * @returns The file, where it was written.
 */
export async function recordRow(
  resultsDir: string,
  row: ResultRow,
  measured: readonly Measured[],
): Promise<string | undefined> {
  if (measured.length < row.commands.flatMap(({ stages }) => stages).length) return undefined;
  let at = 0;
  const commands = row.commands.map((command) => ({
    ...command,
    stages: command.stages.map((stage) => withValues(stage, measured[at++])),
  }));
  const today = new Date().toISOString().slice(0, 10);
  const recorded: ResultRow = { ...row, measured: today, commands };
  const path = join(resultsDir, `${row.name}.json`);
  await writeFileAtomic(path, `${JSON.stringify(recorded, null, 2)}\n`);
  return path;
}

function withValues(stage: Stage, measured: Measured): Stage {
  const values = Object.entries(stage.expected).map(([key, value]) => [key, measured[key] ?? value]);
  return { ...stage, expected: Object.fromEntries(values) };
}
