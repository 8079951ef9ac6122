import { formatCsv } from "@amface/align";
import { writeFileAtomic } from "@amface/files";
import type { OptionSpec } from "../command/command.ts";
import { checkOutput } from "./check-output.ts";

/** Options of every command that finds photos to leave out. */
export const tableOptions = {
  output: { value: "FILE", help: "write what was found there, as CSV" },
  exclude: { value: "FILE", help: "write what to leave out there, for amface train --exclude-file" },
} as const satisfies Record<string, OptionSpec>;

/** @throws {UsageError} Before the work, when one of the files cannot be written. */
export async function checkTables({
  output,
  exclude,
}: {
  readonly output?: string | undefined;
  readonly exclude?: string | undefined;
}): Promise<void> {
  for (const path of [output, exclude]) if (path !== undefined) await checkOutput(path);
}

/** Writes rows of one shape as CSV under their names; a value that is absent gives an empty cell. */
export async function writeTable<T extends object>(
  path: string,
  columns: readonly (keyof T & string)[],
  rows: readonly T[],
): Promise<void> {
  const cell = (value: unknown) =>
    value === undefined
      ? ""
      : typeof value === "number" && !Number.isInteger(value)
        ? value.toFixed(6)
        : String(value);
  await writeFileAtomic(
    path,
    formatCsv([columns, ...rows.map((row) => columns.map((name) => cell(row[name])))]),
  );
}
