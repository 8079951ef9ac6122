import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { COMMANDS, runProgram } from "../../src/mod.ts";
import type { ListedRow, Reproduction } from "../../src/reproduce/render-reproduction.ts";
import type { ResultRow } from "../../src/reproduce/result-row.ts";

const RESULTS = join(import.meta.dirname, "../../../../results");
const LONG = { timeout: 300_000 };

let dir: string;
/** Where the first test made the small row. */
let made: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "amface-reproduce-"));
  made = join(dir, "made");
});
after(() => rm(dir, { recursive: true }));

async function amface(...args: string[]) {
  const [out, err]: string[][] = [[], []];
  const status = await runProgram(COMMANDS, ["reproduce", "--quiet", ...args], {
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text: string) => err.push(text), isTTY: false } as unknown as NodeJS.WriteStream,
    signal: new AbortController().signal,
  });
  return { status, out: out.join(""), err: err.join("") };
}

async function smallRow(): Promise<ResultRow> {
  return JSON.parse(await readFile(join(RESULTS, "small.json"), "utf8"));
}

/** A folder of results with this row alone. */
async function resultsOf(row: ResultRow): Promise<string> {
  const results = await mkdtemp(join(dir, "results-"));
  await writeFile(join(results, `${row.name}.json`), JSON.stringify(row));
  return results;
}

test("the small row comes out here, photos and order of batches bit for bit", LONG, async () => {
  const { status, out, err } = await amface("small", "--json", "--output-dir", made);
  assert.equal(status, 0, `${out}${err}`);
  const { rows, reproduced } = JSON.parse(out) as Reproduction;
  assert.equal(reproduced, 1);
  const [{ verdict, first, stages }] = rows;
  assert.deepEqual([verdict, first], ["reproduced", undefined]);
  const verdicts = Object.fromEntries(stages.map((each) => [each.stage, each.verdict]));
  for (const exact of ["photos", "detector", "initial weights", "order of batches"])
    assert.equal(verdicts[exact], "same", exact);
  for (const stage of ["crops", "losses", "trained weights", "accuracy"])
    assert.ok(verdicts[stage] === "same" || verdicts[stage] === "close", stage);
});

test(
  "another seed of the training is named at the initial weights, with both values; what is done is kept",
  LONG,
  async () => {
    const row = await smallRow();
    const [generate, align, train] = row.commands;
    const other = { ...train, run: train.run.replace("--seed 1", "--seed 2") };
    assert.notEqual(other.run, train.run);
    const results = await resultsOf({ ...row, commands: [generate, align, other] });
    // As a call that was stopped before its training leaves its folder.
    const stopped = join(dir, "stopped");
    await cp(made, stopped, { recursive: true });
    await rm(join(stopped, "small/run"), { recursive: true });
    const done = JSON.parse(await readFile(join(stopped, "small/done.json"), "utf8"));
    await writeFile(join(stopped, "small/done.json"), JSON.stringify(done.slice(0, 2)));

    const { status, out } = await amface("--resume", stopped, "--results", results, "--json");
    assert.equal(status, 1);
    const [{ verdict, first, stages }] = (JSON.parse(out) as Reproduction).rows;
    assert.equal(verdict, "differs");
    assert.deepEqual([first?.stage, first?.what], ["initial weights", "weights"]);
    assert.match(String(first?.expected), /^[0-9a-f]{64}$/);
    assert.match(String(first?.got), /^[0-9a-f]{64}$/);
    assert.notEqual(first?.got, first?.expected);
    const before = stages.slice(
      0,
      stages.findIndex(({ stage }) => stage === "initial weights"),
    );
    assert.deepEqual(
      before.map(({ stage }) => stage),
      ["photos", "detector", "crops"],
    );
    assert.ok(before.every((stage) => stage.verdict !== "differs"));

    const text = await amface("--resume", stopped, "--results", results);
    assert.match(text.out, /^same {4}small: photos$/m);
    assert.match(
      text.out,
      /^small DIFFERS, first at initial weights: weights: expected [0-9a-f]{64}, got [0-9a-f]{64} /m,
    );
    assert.match(text.out, /^0 of 1 reproduced, in /m);
  },
);

test("another seed of the photos is named there", LONG, async () => {
  const row = await smallRow();
  const [generate] = row.commands;
  const run = generate.run.replace("--seed 1", "--seed 2");
  const results = await resultsOf({ ...row, commands: [{ ...generate, run }] });
  const { status, out } = await amface("--results", results, "--output-dir", join(dir, "photos"), "--json");
  assert.equal(status, 1);
  const [{ first }] = (JSON.parse(out) as Reproduction).rows;
  assert.deepEqual([first?.stage, first?.what], ["photos", "sha256"]);
});

test(
  "a command that fails fails its row, says how to go on, and the next call goes on behind what is done",
  LONG,
  async () => {
    const row = await smallRow();
    const [generate] = row.commands;
    const commands = [generate, { run: "amface align --input-dir nowhere --output-dir crops", stages: [] }];
    const results = await resultsOf({ ...row, commands });
    const failed = join(dir, "failed");
    const { status, out, err } = await amface(
      "small",
      "--results",
      results,
      "--output-dir",
      failed,
      "--json",
    );
    assert.equal(status, 1);
    const [{ verdict, reason }] = (JSON.parse(out) as Reproduction).rows;
    assert.equal(verdict, "failed");
    assert.match(reason!, /expected amface align .* to succeed, got exit status 1/);
    assert.match(err, /What is done is kept; go on with: amface reproduce --resume .*failed/);

    const mended = [generate, { run: "amface datasets list", stages: [] }];
    const whole = await resultsOf({ ...row, commands: mended });
    const before = await readFile(join(failed, "small/done.json"), "utf8");
    const again = await amface("--resume", failed, "--results", whole, "--json");
    assert.equal(again.status, 0, again.err);
    const after = JSON.parse(await readFile(join(failed, "small/done.json"), "utf8"));
    assert.deepEqual(after.slice(0, 1), JSON.parse(before));

    const other = await resultsOf({
      ...row,
      commands: [{ ...generate, run: "amface generate --output-dir p" }],
    });
    const refused = await amface("--resume", failed, "--results", other);
    assert.equal(refused.status, 1);
    assert.match(
      refused.err,
      /expected the row's commands in .*done\.json, got amface generate .*; begin in a new folder/,
    );
  },
);

test("rows without data say what to get and by which option, and are not counted as reproduced", async () => {
  const { status, out } = await amface("mobilefacenet-lfw", "--json");
  assert.equal(status, 1);
  const { rows, reproduced } = JSON.parse(out) as Reproduction;
  assert.deepEqual([reproduced, rows[0].verdict], [0, "no data"]);
  assert.match(
    rows[0].reason!,
    /--data lfw=PLACE: .*LFW.*; .*--data mtcnn=PLACE: .*\(amface datasets get mtcnn\)/,
  );

  const { out: list } = await amface("--list", "--json", "--data", `lfw=${dir}`);
  const named = (JSON.parse(list) as ListedRow[]).map(({ name, missing }) => [
    name,
    missing.map((each) => each.name),
  ]);
  assert.deepEqual(Object.fromEntries(named)["mobilefacenet-lfw"], ["lfw-pairs", "mtcnn", "mobilefacenet"]);
  assert.deepEqual(Object.fromEntries(named).small, []);
});

test("a wrong call exits with 2 and says what was expected", async () => {
  await mkdir(join(dir, "begun"));
  await writeFile(join(dir, "begun/reproduce.json"), "{}");
  for (const [args, message] of [
    [["smal"], /Cannot reproduce smal: expected one of demo, .*; did you mean small\?/],
    [["--data", "lfw"], /Cannot take --data: expected NAME=PLACE with one of .*lfw.*, got lfw/],
    [["--data", "lfw=/nowhere"], /Cannot take --data lfw: expected a file or folder, got \/nowhere/],
    [["--resume", join(dir, "none")], /Cannot go on in .*none: expected .*reproduce\.json/],
    [["small", "--resume", dir], /Cannot take --resume with names/],
    [
      ["small", "--output-dir", join(dir, "begun")],
      /expected a new folder, got one with results; --resume .* goes on/,
    ],
  ] as const) {
    const { status, err } = await amface(...args);
    assert.equal(status, 2, err);
    assert.match(err, message);
  }
});
