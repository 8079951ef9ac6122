import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { sharedData } from "../../../../test/shared-data.ts";
import { PairsError, pairWarnings, parsePairList, parsePairs, readCfp, readPairList } from "../../src/mod.ts";

const of = (text: string) =>
  parsePairList(text).pairs.map(({ a, b, same, fold }) => [
    "path" in a ? a.path : a.name,
    "path" in b ? b.path : b.name,
    same,
    fold,
  ]);

function fails(text: string, message: RegExp): void {
  assert.throws(
    () => parsePairList(text, "list.txt"),
    (error: Error) => error instanceof PairsError && message.test(error.message),
  );
}

test("parsePairList() reads LFW's own form", () => {
  const text = "1\nAnn 1 2\nAnn 1 Bob 1\n";
  assert.deepEqual(parsePairList(text), parsePairs(text));
});

test("parsePairList() reads CALFW's form, whose labels of same pairs are folds", () => {
  // Two folds are named, so the different pairs are two runs.
  const pair = (a: string, b: string, label: number) => `${a}.jpg ${label}\n${b}.jpg ${label}\n`;
  const text =
    pair("Ann_0001", "Ann_0002", 1) +
    pair("Bob_0001", "Bob_0003", 2) +
    pair("Ann_0001", "Bob_0001", 0) +
    pair("Ann_0002", "Bob_0001", 0);
  assert.deepEqual(of(text), [
    ["Ann_0001.jpg", "Ann_0002.jpg", true, 0],
    ["Bob_0001.jpg", "Bob_0003.jpg", true, 1],
    ["Ann_0001.jpg", "Bob_0001.jpg", false, 0],
    ["Ann_0002.jpg", "Bob_0001.jpg", false, 1],
  ]);
  const { folds, pairs } = parsePairList(text);
  assert.equal(folds, 2);
  assert.deepEqual(pairs[0].a, { path: "Ann_0001.jpg", identity: "Ann" });
});

test("parsePairList() splits each class into ten runs where folds are not named", () => {
  const rows = Array.from({ length: 40 }, (_, p) => `${p}_Ann_30_f.jpg ${p}_Bob_40_m.jpg ${p < 20 ? 1 : 0}`);
  const folds = parsePairList(rows.join("\n")).pairs.map(({ fold }) => fold);
  assert.deepEqual(
    folds.slice(0, 20),
    Array.from({ length: 20 }, (_, p) => Math.floor(p / 2)),
  );
  assert.deepEqual(folds.slice(20), folds.slice(0, 20));
  const { a, b } = parsePairList(rows.join("\n")).pairs[3];
  assert.deepEqual(
    [a, b].map((photo) => "path" in photo && photo.identity),
    ["Ann", "Bob"],
  );
});

test("parsePairList() reads three columns with tabs or commas, names with spaces and folders included", () => {
  assert.deepEqual(of("Ann Lee/1.jpg\tBob/2.jpg\t0\nx/1.png\tx/2.png\t1\n"), [
    ["Ann Lee/1.jpg", "Bob/2.jpg", false, 0],
    ["x/1.png", "x/2.png", true, 0],
  ]);
  assert.equal(of("./a/1.jpg,b/1.jpg,1\n")[0][0], "a/1.jpg");
});

test("parsePairList() names the line that is wrong", () => {
  fails("a.jpg 1\nb.jpg 0\n", /list\.txt line 2: expected the label of the line before, 1, got 0/);
  fails("a.jpg 1\nb.jpg 1\nc.jpg 1\n", /list\.txt: expected two lines a pair, got 3 lines/);
  fails("a.jpg 1\nb.jpg\n", /list\.txt line 2: expected a photo and a label, got "b\.jpg"/);
  fails("a.jpg b.jpg 1\na.jpg b.jpg 2\n", /line 2: expected two photos and 0 or 1, got "a\.jpg b\.jpg 2"/);
  fails("../a.jpg b.jpg 1\n", /line 1: expected the path of a photo, got "\.\.\/a\.jpg"/);
  fails("hello\n", /line 1: expected the number of folds and of pairs/);
  fails("", /empty file/);
});

test("readCfp() reads frontal-profile and frontal-frontal pairs with the benchmark's folds", async () => {
  const dir = await mkdtemp(join(tmpdir(), "amface-cfp-"));
  try {
    const list = (kind: string) =>
      [1, 2, 3].map((n) => `${n} ../Data/Images/00${n}/${kind}/01.jpg\n`).join("");
    await writeFile(join(dir, "Pair_list_F.txt"), list("frontal"));
    await writeFile(join(dir, "Pair_list_P.txt"), list("profile"));
    for (const kind of ["FP", "FF"]) {
      for (const [fold, same, diff] of [
        ["01", "1,1\n2,2\n", "1,2\n"],
        ["02", "3,3\n", "3,1\n2,3\n"],
      ]) {
        await mkdir(join(dir, "Split", kind, fold), { recursive: true });
        await writeFile(join(dir, "Split", kind, fold, "same.txt"), same);
        await writeFile(join(dir, "Split", kind, fold, "diff.txt"), diff);
      }
    }
    const { folds, pairs } = await readPairList(dir);
    assert.equal(folds, 2);
    assert.deepEqual(pairs[2], {
      a: { path: "001/frontal/01.jpg", identity: "001" },
      b: { path: "002/profile/01.jpg", identity: "002" },
      same: false,
      fold: 0,
    });
    assert.deepEqual(
      pairs.map(({ same, fold }) => [same, fold]),
      [
        [true, 0],
        [true, 0],
        [false, 0],
        [true, 1],
        [false, 1],
        [false, 1],
      ],
    );
    const frontal = (await readCfp(dir, "FF")).pairs[2].b;
    assert.deepEqual(frontal, { path: "002/frontal/01.jpg", identity: "002" });
    await writeFile(join(dir, "Split", "FP", "02", "diff.txt"), "3,9\n");
    await assert.rejects(readCfp(dir, "FP"), /diff\.txt line 1: expected two numbers of photos, got "3,9"/);
    await assert.rejects(readCfp(join(dir, "Split"), "FP"), PairsError);
  } finally {
    await rm(dir, { recursive: true });
  }
});

test("pairWarnings() names duplicates, contradictions, photos with themselves and people in two folds", () => {
  const list = parsePairs("2 1\nAnn 1 2\nAnn 1 Bob 1\nCid 1 1\nBob 1 Ann 1\n");
  assert.deepEqual(pairWarnings(list), [
    "pairs that occur more than once: 1, such as Ann/Ann_0001 and Bob/Bob_0001",
    "pairs of a photo with itself: 1",
    "identities in more than one fold: 2 of 3, such as Ann; thresholds are chosen on people that they are measured on",
  ]);
  const contradiction = parsePairList("a/1.jpg b/1.jpg 1\nb/1.jpg a/1.jpg 0\n");
  assert.match(pairWarnings(contradiction)[1], /both as same and as different: 1/);
  const spellings = `José_1.jpg a/1.jpg 0\n${"José".normalize("NFD")}_1.jpg a/1.jpg 0\n`;
  assert.match(pairWarnings(parsePairList(spellings))[0], /more than once: 1/);
  assert.deepEqual(pairWarnings(parsePairs("2 1\nAnn 1 2\nAnn 1 Bob 1\nCid 1 2\nCid 1 Dan 1\n")), []);
});

test("pairWarnings() finds LFW's folds disjoint by identity", {
  skip: sharedData("lfw", "pairs.txt") ? false : "needs ../shared/data/lfw/pairs.txt",
}, async () => {
  const list = await readPairList(sharedData("lfw", "pairs.txt")!);
  assert.equal(list.pairs.length, 3000);
  assert.deepEqual(pairWarnings(list), []);
});

test("readPairList() reads a list that a spreadsheet saved in UTF-16, with its byte order mark", async () => {
  const folder = await mkdtemp(join(tmpdir(), "amface-utf16-"));
  const text = "1\t1\r\nJos\u00e9\t1\t2\r\nJos\u00e9\t1\tAnn\t1\r\n";
  const path = join(folder, "pairs.txt");
  const little = Buffer.from(`\uFEFF${text}`, "utf16le");
  for (const bytes of [little, Buffer.from(little).swap16(), Buffer.from(text)]) {
    await writeFile(path, bytes);
    assert.deepEqual((await readPairList(path)).pairs, parsePairs(text).pairs);
  }
  await rm(folder, { recursive: true });
});
