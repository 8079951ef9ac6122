import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { checkDataset, type DatasetCard, generateFaces, readDatasetCard } from "@amface/data";
import { sharedData } from "../../../../test/shared-data.ts";
import { temporaryFolder, writeCrops } from "../crops.ts";

const CARDS = join(import.meta.dirname, "..", "..", "..", "..", "datasets");

const CARD: DatasetCard = {
  name: "set",
  title: "A set",
  description: "",
  source: "",
  licence: "",
  layout: { example: "p00/00.png", photo: "p\\d\\d/\\d\\d\\.png", numbered: false },
  expected: { identities: 3, photos: 6 },
  parts: { train: { identities: 2, photos: 4 }, test: { identities: 1, photos: 2 } },
  md5: { "list.txt": "5d41402abc4b2a76b9719d911017c592" }, // of "hello"
  notes: [],
};

test("checkDataset() tells a whole copy, a part, a partial copy and one with too much", async () => {
  const check = async (counts: number[]) =>
    checkDataset(CARD, await writeCrops(await temporaryFolder(), counts));
  assert.equal((await check([2, 2, 2])).verdict, "complete");
  const part = await check([3, 1]);
  assert.deepEqual([part.verdict, part.part, part.photos], ["complete", "train", { found: 4, expected: 4 }]);
  const partial = await check([2, 2, 1]);
  assert.deepEqual([partial.verdict, partial.photos], ["partial", { found: 5, expected: 6 }]);
  const more = await check([2, 2, 2, 1]);
  assert.deepEqual([more.verdict, more.identities], ["differs", { found: 4, expected: 3 }]);
});

test("checkDataset() names photos outside the layout and files of another content", async () => {
  const dir = await writeCrops(await temporaryFolder(), [2, 2, 1]);
  await writeFile(join(dir, "list.txt"), "hello");
  assert.deepEqual((await checkDataset(CARD, dir)).verified, ["list.txt"]);
  await writeFile(join(dir, "p02", "copy of 00.png"), "");
  await writeFile(join(dir, "list.txt"), "hello!");
  const { verdict, extra, altered } = await checkDataset(CARD, dir);
  assert.deepEqual([verdict, extra, altered], ["differs", ["p02/copy of 00.png"], ["list.txt"]]);
});

test("checkDataset() of generated faces compares with landmarks.json and finds gaps in the numbering", async () => {
  const dir = await temporaryFolder();
  await generateFaces(dir, { identities: 2, photos: 3, size: 32 });
  const card = await readDatasetCard(join(CARDS, "generated.json"));
  assert.equal((await checkDataset(card, dir)).verdict, "complete");
  await rm(join(dir, "face00001", "face00001_0002.jpg"));
  const { verdict, missing } = await checkDataset(card, dir);
  assert.deepEqual([verdict, missing], ["partial", ["face00001/face00001_0002.jpg"]]);
  await writeFile(join(dir, "face00000", "face00000_0004.jpg"), "");
  const more = await checkDataset(card, dir);
  assert.deepEqual([more.verdict, more.extra], ["differs", ["face00000/face00000_0004.jpg"]]);
});

test("checkDataset() knows the index's photos in either of Unicode's spellings", async () => {
  const dir = await temporaryFolder();
  const [listed, onDisk] = (["NFC", "NFD"] as const).map((form) => "José".normalize(form));
  await mkdir(join(dir, onDisk));
  await writeFile(join(dir, onDisk, "1.jpg"), "");
  await writeFile(join(dir, "index.json"), JSON.stringify({ [`${listed}/1.jpg`]: [] }));
  const photo = `${listed}/\\d\\.jpg`;
  const layout = { photo, example: `${listed}/1.jpg`, index: "index.json", numbered: false };
  const expected = { identities: 1, photos: 1 };
  const { verdict, missing, extra } = await checkDataset({ ...CARD, layout, expected }, dir);
  assert.deepEqual([verdict, missing, extra], ["complete", [], []]);
});

test("checkDataset() calls a real part of LFW partial, and names photos that its numbering skips", {
  skip: sharedData("lfw", "images") ? false : "needs ../shared/data",
}, async () => {
  const card = await readDatasetCard(join(CARDS, "lfw.json"));
  const check = await checkDataset(card, sharedData("lfw", "images")!);
  assert.deepEqual([check.verdict, check.photos], ["partial", { found: 3811, expected: 13233 }]);
  assert.ok(check.missing.includes("Abdullah_Gul/Abdullah_Gul_0002.jpg"));
  assert.deepEqual(check.extra, []);
});
