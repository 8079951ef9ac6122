import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { jsonShape, parseJson, readText } from "@amface/files";

/** What a stage looks at. */
export const STAGE_KINDS = [
  "files",
  "images",
  "json",
  "printed",
  "weights",
  "batches",
  "losses",
  "notebook",
] as const;

/** A number or a checksum. */
export type Value = string | number;

/** A stage of the work whose outcome is known. */
export interface Stage {
  readonly stage: string;
  readonly of: (typeof STAGE_KINDS)[number];
  /**
   * The file or folder, relative to the row's; a name with `*` is the last that fits. A batch's and a loss's is that of the
   * run; what a command printed needs none.
   */
  readonly path?: string;
  /** Of a notebook: a regular expression for each number, with the number as its first group. */
  readonly find?: Readonly<Record<string, string>>;
  readonly expected: Readonly<Record<string, Value>>;
  /**
   * How far numbers may be off. A stage with tolerances need not be the same bit for bit: its checksums are told, and do
   * not decide.
   */
  readonly tolerance?: Readonly<Record<string, number>>;
}

/** A command and what it leaves, in the order in which one follows from the other. */
export interface RowCommand {
  /** `amface …`, run in the row's folder; `{name}` is the place of that data. */
  readonly run: string;
  readonly stages: readonly Stage[];
}

/** Data that must be at hand: `--data name=PLACE`. */
export interface RowData {
  readonly name: string;
  /** Its dataset card. */
  readonly card?: string;
  readonly holds: string;
  /** Where it comes from. */
  readonly get: string;
}

/** A result, and how it is had again. */
export interface ResultRow {
  readonly name: string;
  readonly shows: string;
  /** Dataset cards of what is made on the way. */
  readonly makes: readonly string[];
  readonly data: readonly RowData[];
  readonly seed: number;
  /** What it was measured on, and when. */
  readonly machine: string;
  readonly measured: string;
  /** Of all commands, about, there and while nothing else runs. */
  readonly seconds: number;
  readonly commands: readonly RowCommand[];
  /** Cells of the README's table of results, where it stands there; scores come from the stages. */
  readonly table?: {
    readonly place: number;
    readonly trainedOn: string;
    readonly net: string;
    readonly evaluatedOn: string;
    readonly untrained?: string;
    readonly trainingSeconds: number;
  };
}

/** A row that is missing or does not keep the form. */
export class ResultRowError extends Error {
  override readonly name = "ResultRowError";
}

const { fields, listOf, number, oneOf, optional, recordOf, text } = jsonShape;

const value: jsonShape.Shape = (it, field) =>
  typeof it === "number" || typeof it === "string"
    ? undefined
    : `${field}: expected a number or a text, got ${JSON.stringify(it) ?? "nothing"}`;

const ROW = fields<ResultRow>({
  name: text,
  shows: text,
  makes: listOf(text),
  data: listOf(fields<RowData>({ name: text, card: optional(text), holds: text, get: text })),
  seed: number,
  machine: text,
  measured: text,
  seconds: number,
  commands: listOf(
    fields<RowCommand>({
      run: text,
      stages: listOf(
        fields<Stage>({
          stage: text,
          of: oneOf(...STAGE_KINDS),
          path: optional(text),
          find: optional(recordOf(text)),
          expected: recordOf(value),
          tolerance: optional(recordOf(number)),
        }),
      ),
    }),
  ),
  table: optional(
    fields<NonNullable<ResultRow["table"]>>({
      place: number,
      trainedOn: text,
      net: text,
      evaluatedOn: text,
      untrained: optional(text),
      trainingSeconds: number,
    }),
  ),
});

/** @throws {ResultRowError} When there is no such file, or it does not keep the form. */
export async function readResultRow(path: string): Promise<ResultRow> {
  const fail = (what: string, cause?: unknown): never => {
    throw new ResultRowError(`Cannot read the result ${path}: ${what}`, { cause });
  };
  const json = await readText(path).catch((error: Error) => fail(error.message, error));
  let row: ResultRow;
  try {
    row = parseJson<ResultRow>(json, ROW);
  } catch (error) {
    return fail((error as Error).message, error);
  }
  if (`${row.name}.json` !== basename(path))
    fail(`expected the name ${basename(path, ".json")}, got ${row.name}`);
  for (const { stages } of row.commands) {
    for (const { stage, of, path: place, expected, find = {}, tolerance = {} } of stages) {
      if (of !== "printed" && place === undefined) fail(`stage ${stage}: expected a path, got none`);
      if (of === "notebook") {
        const lost = Object.keys(expected).find((key) => find[key] === undefined);
        if (lost !== undefined) fail(`stage ${stage}: expected a find for ${lost}, got none`);
      }
      const stray = Object.keys(tolerance).find((key) => typeof expected[key] !== "number");
      if (stray !== undefined) fail(`stage ${stage}: expected tolerances of numbers, got one of ${stray}`);
    }
  }
  return row;
}

/** All rows of a folder: those of the README's table in its order, then the others by name. */
export async function readResultRows(dir: string): Promise<ResultRow[]> {
  const names = await readdir(dir).catch((cause: Error) => {
    throw new ResultRowError(`Cannot read the results in ${dir}: ${cause.message}`, { cause });
  });
  const files = names.filter((name) => name.endsWith(".json")).sort();
  if (files.length === 0)
    throw new ResultRowError(`Cannot read the results in ${dir}: expected *.json, got none`);
  const rows = await Promise.all(files.map((file) => readResultRow(join(dir, file))));
  const place = ({ table }: ResultRow) => table?.place ?? Number.POSITIVE_INFINITY;
  return rows.sort((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)));
}
