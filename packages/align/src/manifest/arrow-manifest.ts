import { writeFileAtomic } from "@amface/files";
import { columnFromArray, float64, int32, tableFromColumns, tableToIPC, utf8 } from "@uwdata/flechette";
import type { AlignOutcome } from "./align-outcome.ts";
import { type Column, MANIFEST_COLUMNS } from "./manifest-columns.ts";

/**
 * Writes the manifest's table as an Arrow IPC file: text as utf8, the number of faces as int32, other numbers as
 * float64 rounded as in the CSV file, empty cells as nulls.
 *
 * @throws {WriteError} When the file cannot be written.
 */
export async function writeArrowManifest(path: string, outcomes: readonly AlignOutcome[]): Promise<void> {
  const columns = MANIFEST_COLUMNS.map((column) => [column.name, columnOf(column, outcomes)]);
  const bytes = tableToIPC(tableFromColumns(Object.fromEntries(columns)), { format: "file" });
  await writeFileAtomic(path, bytes as Uint8Array);
}

function columnOf({ digits, isLarge, of }: Column, outcomes: readonly AlignOutcome[]) {
  const values = outcomes.map((outcome) => {
    const value = of(outcome) ?? null;
    return typeof value === "number" ? Number(value.toFixed(digits)) : value;
  });
  return columnFromArray(
    values,
    digits === undefined ? utf8() : digits === 0 && !isLarge ? int32() : float64(),
  );
}
