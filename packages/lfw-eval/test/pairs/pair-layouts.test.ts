import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { sharedData } from "../../../../test/shared-data.ts";
import {
  locateAmong,
  PairsError,
  pairWarnings,
  parsePairList,
  parsePairs,
  readCfp,
  readPairList,
  readRfw,
} from "../../src/mod.ts";

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

/** RFW's folder of lists: of two groups with three people of two photos, twenty pairs of each class, as LFW's without a first line. */
async function writeRfw(change: (group: string, rows: string[]) => void = () => {}): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "amface-rfw-"));
  for (const group of ["African", "Asian"]) {
    await mkdir(join(dir, group));
    const rows = Array.from({ length: 40 }, (_, p) =>
      p % 4 < 2 ? `m.0${p % 3}a\t${1 + (p % 2)}\t${2 - (p % 2)}` : `m.0${p % 3}a\t1\tm.0${(p + 1) % 3}a\t2`,
    );
    change(group, rows);
    await writeFile(join(dir, group, `${group}_pairs.txt`), `${rows.join("\n")}\n`);
    await writeFile(join(dir, group, `${group}_people.txt`), "m.00a\t2\nm.01a\t2\nm.02a\t2\n");
  }
  return dir;
}

test("readPairList() reads RFW's folder of lists, each group in ten folds of its own", async () => {
  const dir = await writeRfw();
  const list = await readPairList(dir);
  assert.deepEqual([list.folds, list.groups, list.pairs.length], [10, ["African", "Asian"], 80]);
  assert.deepEqual(list.pairs.slice(0, 4), [
    { a: rfwPhoto("African", 0, 1), b: rfwPhoto("African", 0, 2), same: true, fold: 0 },
    { a: rfwPhoto("African", 1, 2), b: rfwPhoto("African", 1, 1), same: true, fold: 0 },
    { a: rfwPhoto("African", 2, 1), b: rfwPhoto("African", 0, 2), same: false, fold: 0 },
    { a: rfwPhoto("African", 0, 1), b: rfwPhoto("African", 1, 2), same: false, fold: 0 },
  ]);
  assert.deepEqual([list.pairs[4].fold, list.pairs[39].fold, list.pairs[40].fold], [1, 9, 0]);
  // Names of people have dots in them, those of files endings.
  const located = locateAmong(
    list,
    ["African", "Asian"].flatMap((g) =>
      [0, 1, 2].flatMap((p) => [1, 2].map((n) => `${g}/m.0${p}a/m.0${p}a_000${n}.png`)),
    ),
    { where: "there" },
  );
  assert.deepEqual([located.pairs.length, located.photos[0]], [80, "African/m.00a/m.00a_0001.png"]);
  await rm(dir, { recursive: true });
});

const rfwPhoto = (group: string, person: number, number: number) => ({
  path: `${group}/m.0${person}a/m.0${person}a_000${number}.jpg`,
  identity: `${group}/m.0${person}a`,
});

test("readRfw() names the pair of somebody who is not in the list of people, and the line that keeps no form", async () => {
  const cases: readonly [string, RegExp][] = [
    [
      "m.09a\t1\t2",
      /African_pairs\.txt pair 6: expected people of African_people\.txt, got "m\.09a\/m\.09a_0001"$/,
    ],
    [
      "m.01a\t1\t3",
      /African_pairs\.txt pair 6: expected one of 2 photos of African_people\.txt, got "m\.01a\/m\.01a_0003"$/,
    ],
    ["m.01a\t1\tx", /African_pairs\.txt line 6: expected a photo's number, from 1, got "x"$/],
  ];
  for (const [row, message] of cases) {
    const dir = await writeRfw((group, rows) => group === "African" && rows.splice(5, 1, row));
    await assert.rejects(
      readRfw(dir),
      (error: Error) => error instanceof PairsError && message.test(error.message),
      row,
    );
    await rm(dir, { recursive: true });
  }
});

test("parsePairList() reads XQLFW's pairs, which are in LFW's form", () => {
  const rows = ["Ann_Lee\t1\t2", "Ann_Lee\t1\tBob\t1", "Bob\t2\t1", "Bob\t2\tAnn_Lee\t2"];
  const { folds, pairs } = parsePairList(`2\t1\n${rows.join("\n")}\n`, "xqlfw_pairs.txt");
  assert.deepEqual(
    [folds, pairs.map(({ same, fold }) => [same, fold])],
    [
      2,
      [
        [true, 0],
        [false, 0],
        [true, 1],
        [false, 1],
      ],
    ],
  );
});
