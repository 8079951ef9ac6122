import type { StageOutcome } from "./compare-stage.ts";
import type { RowOutcome } from "./reproduce-row.ts";
import type { ResultRow, RowData, Value } from "./result-row.ts";
import { missingData, type Places } from "./row-places.ts";

/** What `amface reproduce` did. */
export interface Reproduction {
  /** The folder of the rows' folders; absent where nothing was run. */
  readonly dir?: string;
  readonly rows: readonly RowOutcome[];
  /** How many rows came out as they should. */
  readonly reproduced: number;
  /** Whether rows were asked for by name: then one without data is a failure. */
  readonly named: boolean;
}

/** A row in the list of them. */
export interface ListedRow {
  readonly name: string;
  readonly shows: string;
  readonly seconds: number;
  /** What to get before it can be run. */
  readonly missing: readonly RowData[];
}

/** A line a stage, then how each row came out. */
export function renderReproduction({ rows, reproduced, dir }: Reproduction): string {
  const lines = rows.flatMap((row) => [
    ...row.stages.flatMap((stage) => stageLines(row.name, stage)),
    rowLine(row),
    "",
  ]);
  const left = rows.filter(({ verdict }) => verdict === "no data").length;
  const of = rows.length - left;
  const behind = left > 0 ? `; ${left} left out for want of data` : "";
  return [
    ...lines,
    `${reproduced} of ${of} reproduced${behind}${dir === undefined ? "" : `, in ${dir}`}`,
  ].join("\n");
}

function stageLines(row: string, { stage, verdict, differences, error }: StageOutcome): string[] {
  const shown = differences.map(({ what, expected, got, tolerance }) => {
    const limit = tolerance === undefined ? "" : ` ± ${tolerance}`;
    return `    ${what}: expected ${text(expected)}${limit}, got ${got === undefined ? "nothing" : text(got)}`;
  });
  const why = error === undefined ? [] : [`    ${error}`];
  return [
    `${verdict.padEnd(8)}${row}: ${stage}`,
    ...why,
    ...(verdict === "differs" ? shown : shown.slice(0, 3)),
  ];
}

function rowLine({ name, verdict, first, seconds, expectedSeconds, reason }: RowOutcome): string {
  const time = `${seconds.toFixed(0)} s; about ${expectedSeconds} s where nothing else runs`;
  if (verdict === "reproduced") return `${name} reproduced (${time})`;
  if (verdict !== "differs") return `${name}: ${verdict}${reason === undefined ? "" : `: ${reason}`}`;
  const { stage, what, expected, got } = first!;
  return `${name} DIFFERS, first at ${stage}: ${what}: expected ${text(expected)}, got ${got === undefined ? "nothing" : text(got)} (${time})`;
}

const text = (value: Value) => (typeof value === "number" ? String(Number(value.toPrecision(7))) : value);

export function listed(row: ResultRow, places: Places): ListedRow {
  const { name, shows, seconds } = row;
  return { name, shows, seconds, missing: missingData(row, places) };
}

/** How data is had, and which option gives its place. */
export function howToGet({ name, holds, get }: RowData): string {
  return `--data ${name}=PLACE: ${holds} (${get})`;
}

/** A line a result, then what to get for those whose data is not at hand. */
export function renderList(rows: readonly ListedRow[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length)) + 2;
  const lines = rows.map(({ name, shows, seconds, missing }) => {
    const needs = missing.length === 0 ? "" : `; needs ${missing.map((data) => data.name).join(", ")}`;
    return `${name.padEnd(width)}${String(seconds).padStart(5)} s  ${shows}${needs}`;
  });
  const all = rows.flatMap(({ missing }) => missing);
  const missing = [...new Map(all.map((data) => [data.name, data])).values()];
  const runnable = rows.filter(({ missing }) => missing.length === 0);
  const seconds = runnable.reduce((sum, row) => sum + row.seconds, 0);
  return [
    ...lines,
    "",
    `Seconds are about those of two cores while nothing else runs; the ${runnable.length} that can be run here take ${seconds} s.`,
    ...(missing.length === 0
      ? []
      : ["", "To get, and to name:", ...missing.map((data) => `  ${howToGet(data)}`)]),
  ].join("\n");
}
