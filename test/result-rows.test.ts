import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { readDatasetCards } from "@amface/data";
import { readResultRows } from "../packages/cli/src/reproduce/result-row.ts";

const ROOT = join(import.meta.dirname, "..");

test("the README has the results as their files have them", () => {
  execFileSync(process.execPath, [join(ROOT, "scripts/result-rows.ts"), "--check"], { stdio: "pipe" });
});

test("every result names cards that exist, and data that its commands use", async () => {
  const cards = (await readDatasetCards(join(ROOT, "datasets"))).map(({ name }) => name);
  for (const { name, makes, data, commands } of await readResultRows(join(ROOT, "results"))) {
    for (const card of [...makes, ...data.flatMap((each) => each.card ?? [])])
      assert.ok(cards.includes(card), name);
    const used = commands.flatMap(({ run }) =>
      Array.from(run.matchAll(/\{([\w-]+)\}/g), ([, place]) => place),
    );
    const known = [...data.map((each) => each.name), "results"];
    for (const place of used) assert.ok(known.includes(place), `${name}: ${place}`);
    for (const each of data) assert.ok(used.includes(each.name), `${name}: ${each.name}`);
    assert.ok(
      commands.some(({ stages }) => stages.length > 0),
      name,
    );
  }
});
