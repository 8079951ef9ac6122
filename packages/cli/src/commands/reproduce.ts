import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { jsonShape, parseJson, readText, writeFileAtomic } from "@amface/files";
import { type CommandContext, defineCommand, type OptionValues, UsageError } from "../command/command.ts";
import { nearest } from "../command/nearest.ts";
import { timestamp } from "../command/timestamp.ts";
import { ownFolder } from "../options/own-folder.ts";
import { recordRow } from "../reproduce/record-row.ts";
import {
  howToGet,
  type ListedRow,
  listed,
  type Reproduction,
  renderList,
  renderReproduction,
} from "../reproduce/render-reproduction.ts";
import { type RowOutcome, reproduceRow } from "../reproduce/reproduce-row.ts";
import { type ResultRow, readResultRows } from "../reproduce/result-row.ts";
import { missingData, type Places, placesOf } from "../reproduce/row-places.ts";

const options = {
  list: { help: "only list the results: what each shows, how long it takes, and what it needs" },
  data: {
    value: "NAME=PLACE",
    help: "where data lies that a result needs, such as lfw=DIR; may come several times",
    multiple: true,
  },
  "output-dir": { value: "DIR", help: "new folder of all that is made [runs/reproduce-<now>]" },
  resume: {
    value: "DIR",
    help: "go on in the folder of a call that was stopped or failed, with its names and data",
  },
  results: { value: "DIR", help: "folder of results [amface's own]" },
  record: { help: "write what is measured into the results' files, as what is expected from then on" },
} as const;

type Values = OptionValues<typeof options>;

/** What a call that goes on needs to know of the first. */
interface Call {
  readonly names: readonly string[];
  readonly data: readonly string[];
}

const { fields, listOf, text } = jsonShape;
const CALL = fields<Call>({ names: listOf(text), data: listOf(text) });
const CALL_FILE = "reproduce.json";

export const reproduce = defineCommand({
  positionals: { label: "[NAME…]", min: 0, max: Number.POSITIVE_INFINITY },
  options,
  examples: [
    "amface reproduce --list",
    "amface reproduce small demo",
    "amface reproduce celeba-cpu --data celeba=celeba --data lfw=lfw --data lfw-pairs=pairs.txt --data mtcnn=mtcnn",
    "amface reproduce      # every result whose data is at hand: see --list for how long that takes",
    "amface reproduce --resume runs/reproduce-2026-01-31T12-00-00",
  ],
  async run(values, names, context): Promise<Reproduction | readonly ListedRow[]> {
    const resultsDir = values.results ?? ownResults();
    const rows = await readResultRows(resultsDir);
    const call = await callOf(values, names);
    const chosen = choose(rows, call.names);
    const places = placesOf(call.data, rows, resultsDir);
    if (values.list) return chosen.map((row) => listed(row, places));
    return await reproduceRows(chosen, { values, call, places, resultsDir }, context);
  },
  render: (result) => ("rows" in result ? renderReproduction(result) : renderList(result)),
  fails: (result) => "rows" in result && isFailure(result),
});

/** Rows without data fail nothing where no names were given, unless there are only such. */
const isFailure = ({ rows, reproduced, named }: Reproduction) =>
  reproduced === 0 ||
  rows.some(({ verdict }) => verdict !== "reproduced" && (named || verdict !== "no data"));

function ownResults(): string {
  const found = ownFolder("results");
  if (found === undefined)
    throw new UsageError("Cannot find amface's results: give their folder as --results");
  return found;
}

async function callOf({ resume, data, "output-dir": dir }: Values, names: readonly string[]): Promise<Call> {
  if (resume === undefined) return { names, data };
  if (dir !== undefined || names.length > 0 || data.length > 0) {
    throw new UsageError(
      "Cannot take --resume with names, --data or --output-dir: it goes on with those of its folder",
    );
  }
  const path = join(resume, CALL_FILE);
  const json = await readText(path).catch((cause: Error) => {
    throw new UsageError(`Cannot go on in ${resume}: expected ${path}, got ${cause.message}`, { cause });
  });
  return parseJson<Call>(json, CALL);
}

function choose(rows: readonly ResultRow[], names: readonly string[]): readonly ResultRow[] {
  if (names.length === 0) return rows;
  return names.map((name) => {
    const row = rows.find((candidate) => candidate.name === name);
    if (row) return row;
    const known = rows.map((candidate) => candidate.name);
    const near = nearest(name, known);
    throw new UsageError(
      `Cannot reproduce ${name}: expected one of ${known.join(", ")}${near ? `; did you mean ${near}?` : ""}`,
    );
  });
}

async function reproduceRows(
  rows: readonly ResultRow[],
  { values, call, places, resultsDir }: { values: Values; call: Call; places: Places; resultsDir: string },
  context: CommandContext,
): Promise<Reproduction> {
  const dir = values.resume ?? values["output-dir"] ?? join("runs", `reproduce-${timestamp()}`);
  const outcomes: RowOutcome[] = [];
  let isBegun = values.resume !== undefined;
  for (const row of rows) {
    const missing = missingData(row, places);
    if (missing.length > 0) {
      const reason = `needs ${missing.map(howToGet).join("; and ")}`;
      const { name, seconds: expectedSeconds } = row;
      outcomes.push({ name, verdict: "no data", stages: [], seconds: 0, expectedSeconds, reason });
      continue;
    }
    if (!isBegun) await begin(dir, call);
    isBegun = true;
    await mkdir(join(dir, row.name), { recursive: true });
    const { outcome, measured } = await reproduceRow(row, join(dir, row.name), places, context);
    outcomes.push(outcome);
    if (values.record) await record(resultsDir, row, measured, context);
    if (outcome.verdict === "stopped" || outcome.verdict === "failed")
      context.reporter.warn(`What is done is kept; go on with: amface reproduce --resume ${dir}`);
    if (outcome.verdict === "stopped") break;
  }
  const reproduced = outcomes.filter(({ verdict }) => verdict === "reproduced").length;
  return { ...(isBegun && { dir }), rows: outcomes, reproduced, named: call.names.length > 0 };
}

/** Makes the folder, and leaves there what a call that goes on needs, from whatever folder. */
async function begin(dir: string, { names, data }: Call): Promise<void> {
  if (existsSync(join(dir, CALL_FILE))) {
    throw new UsageError(
      `Cannot begin in ${dir}: expected a new folder, got one with results; --resume ${dir} goes on`,
    );
  }
  const places = data.map((text) => text.replace(/=(.*)$/s, (_, place: string) => `=${resolve(place)}`));
  await writeFileAtomic(join(dir, CALL_FILE), `${JSON.stringify({ names, data: places })}\n`);
}

async function record(
  resultsDir: string,
  row: ResultRow,
  measured: Parameters<typeof recordRow>[2],
  { reporter }: CommandContext,
): Promise<void> {
  const path = await recordRow(resultsDir, row, measured);
  reporter.say(path === undefined ? `${row.name} is not whole: not recorded` : `recorded ${path}`);
}
