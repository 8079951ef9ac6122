import assert from "node:assert/strict";
import { test } from "node:test";
import { identityFolder, tableSource } from "@amface/data";
import * as aq from "arquero";
import { temporaryFolder, writeCrops } from "../crops.ts";
import { numbers, seen, sorted } from "../seen-batches.ts";

test("tableSource() of an arquero table gives batches of its rows", async () => {
  const { files } = await identityFolder(await writeCrops(await temporaryFolder(), [3, 2, 4]));
  const all = aq.table({
    path: files.map(({ path }) => path),
    who: files.map(({ label }) => `person ${label}`),
  });
  const source = tableSource(
    all.filter((row: { who: string }) => row.who !== "person 1"),
    { identity: "who" },
  );
  assert.deepEqual(source.identities, ["person 0", "person 2"]);
  const batches = await seen(source, { batchSize: 7 });
  assert.deepEqual(sorted(numbers(batches)), [0, 1, 2, 5, 6, 7, 8]);
  for (const { number, label } of batches.flat()) assert.equal(label, number < 3 ? 0 : 1);
});

test("tableSource() names a missing column, and an empty table", () => {
  const table = aq.table({ path: ["a"], name: ["b"] });
  assert.throws(() => tableSource(table), /expected a column identity of 1 values, got none/);
  assert.throws(() => tableSource(aq.table({ path: [], identity: [] })), /expected a row a photo, got none/);
});

test("tableSource() takes two Unicode spellings of a name for one identity", () => {
  const name = "José";
  const table = aq.table({ path: ["a", "b"], identity: [name.normalize("NFD"), name.normalize("NFC")] });
  assert.deepEqual([...tableSource(table).counts], [2]);
});
