import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { UsageError } from "../command/command.ts";
import { ownFolder } from "../options/own-folder.ts";
import type { ResultRow, RowData } from "./result-row.ts";

/** Where data lies, by its names. */
export type Places = Readonly<Record<string, string>>;

/**
 * Places as `--data name=PLACE` gives them, those of the rows themselves, and the notebooks', which lie in the repository.
 *
 * @throws {UsageError} For a name that no row has, or a place where nothing is.
 */
export function placesOf(given: readonly string[], rows: readonly ResultRow[], resultsDir: string): Places {
  const names = [...new Set(rows.flatMap(({ data }) => data.map(({ name }) => name)))];
  const notebooks = ownFolder("notebooks");
  const places: Record<string, string> = {
    results: resolve(resultsDir),
    ...(notebooks !== undefined && { notebooks }),
  };
  for (const text of given) {
    const [name, ...rest] = text.split("=");
    const place = rest.join("=");
    if (!names.includes(name) || place === "") {
      throw new UsageError(
        `Cannot take --data: expected NAME=PLACE with one of ${names.join(", ")}, got ${text}`,
      );
    }
    if (!existsSync(place)) {
      throw new UsageError(
        `Cannot take --data ${name}: expected a file or folder, got ${place}, which is not there`,
      );
    }
    places[name] = resolve(place);
  }
  return places;
}

/** The row's data of which no place is known. */
export function missingData({ data }: ResultRow, places: Places): RowData[] {
  return data.filter(({ name }) => places[name] === undefined);
}
