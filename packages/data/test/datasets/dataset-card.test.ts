import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readDatasetCard, readDatasetCards } from "@amface/data";
import { temporaryFolder } from "../crops.ts";

const CARDS = join(import.meta.dirname, "..", "..", "..", "..", "datasets");

test("the cards keep their form, and their layouts fit their examples", async () => {
  const cards = await readDatasetCards(CARDS);
  assert.deepEqual(
    cards.map(({ name }) => name),
    ["casia-webface", "celeba", "generated", "lfw", "mtcnn", "vggface2"],
  );
  for (const { name, layout, parts, expected } of cards) {
    if (!layout) continue;
    assert.match(layout.example, new RegExp(`^(?:${layout.photo})$`, "u"), name);
    const counts = Object.values(parts);
    if (counts.length === 0) continue;
    assert.equal(
      counts.reduce((sum, { photos }) => sum + photos, 0),
      expected?.photos,
      name,
    );
    assert.equal(
      counts.reduce((sum, { identities }) => sum + identities, 0),
      expected?.identities,
      name,
    );
  }
});

test("readDatasetCard() names what is wrong with a card", async () => {
  const dir = await temporaryFolder();
  const path = join(dir, "set.json");
  const card = {
    name: "set",
    title: "A set",
    description: "d",
    source: "s",
    licence: "l",
    layout: { example: "a/1.jpg" },
  };
  await writeFile(path, JSON.stringify({ ...card, licence: "", md5: { "a.zip": "12" }, size: 3 }));
  await assert.rejects(readDatasetCard(path), (error: Error) => {
    assert.equal(error.name, "DatasetCardError");
    for (const part of [/licence/, /md5\.a\.zip/, /size/]) assert.match(error.message, part);
    return true;
  });
  await writeFile(path, JSON.stringify({ ...card, layout: undefined }));
  await assert.rejects(readDatasetCard(path), /card: expected a layout of photos, or files to download/);
  await writeFile(path, JSON.stringify({ ...card, name: "other" }));
  await assert.rejects(readDatasetCard(path), /expected the name set, got other/);
  await writeFile(path, "{");
  await assert.rejects(readDatasetCard(path), /Cannot read the dataset card .*set\.json/);
  await assert.rejects(readDatasetCards(join(dir, "none")), /Cannot read the dataset cards/);
  await assert.rejects(readDatasetCards(await temporaryFolder()), /expected \*\.json, got none/);
});
