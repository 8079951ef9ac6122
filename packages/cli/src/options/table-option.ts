import { formatCsv } from "@amface/align";
import { writeFileAtomic } from "@amface/files";
import type { OptionSpec } from "../command/command.ts";

/** Options of every command that finds photos to leave out. */
export const tableOptions = {
  output: { value: "FILE", help: "write what was found there, as CSV" },
  exclude: { value: "FILE", help: "write what to leave out there, for amface train --exclude-file" },
} as const satisfies Record<string, OptionSpec>;

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
