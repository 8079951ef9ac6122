import assert from "node:assert/strict";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type ResultRow, readResultRow } from "../../src/reproduce/result-row.ts";
import { wordsOf } from "../../src/reproduce/run-amface.ts";

test("readResultRow() names what is wrong with a file", async () => {
  const path = join(await mkdtemp(join(tmpdir(), "amface-row-")), "a.json");
  const row: ResultRow = {
    ...{
      name: "a",
      shows: "s",
      makes: [],
      data: [],
      seed: 1,
      machine: "m",
      measured: "2026-01-01",
      seconds: 1,
    },
    commands: [
      {
        run: "amface demo",
        stages: [{ stage: "x", of: "printed", expected: { a: 1 }, tolerance: { a: 1 } }],
      },
    ],
  };
  const refuses = async (changes: object, message: RegExp) => {
    await writeFile(path, JSON.stringify({ ...row, ...changes }));
    await assert.rejects(readResultRow(path), { name: "ResultRowError", message });
  };
  const withStage = (stage: object) => ({
    commands: [{ run: "amface demo", stages: [{ ...row.commands[0].stages[0], ...stage }] }],
  });
  await writeFile(path, JSON.stringify(row));
  assert.deepEqual(await readResultRow(path), row);
  await refuses({ name: "b" }, /expected the name a, got b/);
  await refuses({ seed: "1" }, /seed: expected a number, got "1"/);
  await refuses(withStage({ of: "weather" }), /commands\[0\]\.stages\[0\]\.of: expected files or images/);
  await refuses(
    withStage({ expected: { a: null } }),
    /stages\[0\]\.expected\.a: expected a number or a text, got null/,
  );
  await refuses(withStage({ of: "losses" }), /stage x: expected a path, got none/);
  await refuses(withStage({ tolerance: { b: 1 } }), /stage x: expected tolerances of numbers, got one of b/);
  await refuses(withStage({ of: "notebook", path: "n" }), /stage x: expected a find for a, got none/);
});

test("wordsOf() splits a command at spaces, and leaves what stands in quotes whole", () => {
  assert.deepEqual(wordsOf(`amface train --augment '{"blur": 1}' --seed 2`), [
    "amface",
    "train",
    "--augment",
    '{"blur": 1}',
    "--seed",
    "2",
  ]);
});
