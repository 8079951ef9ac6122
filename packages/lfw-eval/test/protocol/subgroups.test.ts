import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { AttributesError, readAttributes, readLabelErrors, subgroupRates } from "../../src/mod.ts";

async function withFile(text: string, body: (path: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), "amface-attributes-"));
  try {
    const path = join(dir, "list.csv");
    await writeFile(path, text);
    await body(path);
  } finally {
    await rm(dir, { recursive: true });
  }
}

const photos = [
  ["Ann/Ann_0001.png", "Ann/Ann_0002.png"],
  ["Ann/Ann_0001.png", "Bea/Bea_0001.png"],
  ["Ann/Ann_0001.png", "Cid/Cid_0001.png"],
  ["Cid/Cid_0001.png", "Cid/Cid_0002.png"],
  ["Dan/Dan_0001.png", "Cid/Cid_0002.png"],
] as const;
const table = {
  distances: Float64Array.of(0.5, 0.9, 1.5, 1.2, 0.3),
  issame: [true, false, false, true, false],
  photos,
  identities: photos.map(([a, b]) => [a.slice(0, 3), b.slice(0, 3)] as const),
};

test("subgroupRates() counts pairs within groups, across them, and without one", async () => {
  await withFile("identity,sex\nAnn,f\nBea,f\nCid/Cid_0001.jpg,m\nCid,m\n", async (path) => {
    const { columns, lookUp } = await readAttributes(path);
    assert.deepEqual(columns, ["sex"]);
    const groups = subgroupRates(table, (photo, identity) => lookUp("sex", photo, identity), 1);
    assert.deepEqual(
      groups.map(({ group, fmr, fnmr }) => [group, fmr.errors, fmr.pairs, fnmr.errors, fnmr.pairs]),
      [
        ["f", 1, 1, 0, 1],
        ["m", 0, 0, 1, 1],
        ["mixed", 0, 1, 0, 0],
        ["unknown", 1, 1, 0, 0],
      ],
    );
    assert.deepEqual(groups[1].fmr, { pairs: 0, errors: 0, rate: null, ci95: [0, 1], meaningful: false });
    assert.ok(groups[0].fmr.ci95[0] < 0.3 && groups[0].fmr.ci95[1] === 1);
  });
  const { distances, issame } = table;
  const fars = [
    { far: 0.5, threshold: 1 },
    { far: 0.3, threshold: 1.4 },
    { far: 0.1, threshold: null },
  ];
  const [women, men, mixed] = subgroupRates(table, (photo) => (/Ann|Bea/.test(photo) ? "f" : "m"), 1, fars);
  assert.deepEqual([women.accuracy.hits, women.accuracy.pairs, women.accuracy.rate], [1, 2, 0.5]);
  assert.deepEqual(
    men.tarAtFar.map(({ far, hits, pairs, rate }) => [far, hits, pairs, rate]),
    [
      [0.5, 0, 1, 0],
      [0.3, 1, 1, 1],
    ],
  );
  assert.ok(men.tarAtFar[1].ci95[0] > 0.2 && men.tarAtFar[1].ci95[0] < 0.21 && men.tarAtFar[1].ci95[1] === 1); // Wilson's, 1 of 1
  assert.deepEqual(mixed.tarAtFar[0], { far: 0.5, pairs: 0, hits: 0, rate: null, ci95: [0, 1] });
  assert.throws(() => subgroupRates({ distances, issame }, () => "a", 1), /expected a table with photos/);
});

test("readAttributes() takes a photo's own value before its person's and refuses files without attributes", async () => {
  await withFile('\uFEFFphoto,age,note\nAnn,30,"a, b"\nAnn/Ann_0002.jpg,40,\n', async (path) => {
    const { lookUp } = await readAttributes(path);
    assert.equal(lookUp("age", "Ann/Ann_0001.png", "Ann"), "30");
    assert.equal(lookUp("age", "Ann/Ann_0002.png", "Ann"), "40");
    assert.equal(lookUp("note", "Ann/Ann_0001.png", "Ann"), "a, b");
    assert.equal(lookUp("note", "Ann/Ann_0002.png", "Ann"), undefined);
    assert.equal(lookUp("age", "Bob/Bob_0001.png", "Bob"), undefined);
  });
  await withFile("identity\nAnn\n", (path) => assert.rejects(readAttributes(path), AttributesError));
  await assert.rejects(readAttributes("no/such.csv"), AttributesError);
});

const CELEBA = `3
5_o_Clock_Shadow Male Pale_Skin Young
000001.jpg -1 -1  1  1
000002.jpg  1  1 -1 -1
000003.jpg -1  1 -1  1
`;

test("readAttributes() takes sex, age and skin from CelebA's list, as it is published and as CSV, for photos in any folder", async () => {
  const csv = `image_id,${CELEBA.slice(2).replace(/ +/g, ",")}`;
  for (const text of [CELEBA, csv, CELEBA.replaceAll("\n", "\r\n")]) {
    await withFile(text, async (path) => {
      const { columns, names, lookUp } = await readAttributes(path);
      assert.deepEqual(columns, ["sex", "age", "skin"]);
      assert.deepEqual(names.slice(3), ["5_o_Clock_Shadow", "Male", "Pale_Skin", "Young"]);
      const of = (photo: string) => [...columns, "5_o_Clock_Shadow"].map((name) => lookUp(name, photo, "7"));
      assert.deepEqual(of("7/000001.png"), ["female", "young", "pale", "no"]);
      assert.deepEqual(of("other\\000002.jpg"), ["male", "not young", "not pale", "yes"]);
      assert.deepEqual(of("7/000004.png"), [undefined, undefined, undefined, undefined]);
    });
  }
});

test("readAttributes() refuses a list of CelebA's that is cut short or has a line of another length", async () => {
  const cut = CELEBA.split("\n").slice(0, 4).join("\n");
  await withFile(cut, (path) => assert.rejects(readAttributes(path), /expected 3 photos.* got 2/));
  await withFile(CELEBA.replace("000002.jpg  1", "000002.jpg"), (path) =>
    assert.rejects(readAttributes(path), /line 4: expected a photo and 4 values, got 4 columns/),
  );
});

test("readLabelErrors() knows photos and pairs by their file names", async () => {
  await withFile("# errata\nAnn_0001 # another person\nBob/Bob_0001.jpg, Cid_0002\n", async (path) => {
    const errors = await readLabelErrors(path);
    assert.equal(errors.size, 2);
    assert.ok(errors.has("Ann/Ann_0001.png", "Zoe/Zoe_0001.png"));
    assert.ok(errors.has("Cid/Cid_0002.png", "Bob/Bob_0001.png"));
    assert.ok(!errors.has("Bob/Bob_0001.png", "Zoe/Zoe_0001.png"));
  });
  await withFile("# nothing\n", (path) => assert.rejects(readLabelErrors(path), /expected photos or pairs/));
});

test("readAttributes() and readLabelErrors() know names in either of Unicode's spellings", async () => {
  const [listed, onDisk] = (["NFC", "NFD"] as const).map((form) => "José".normalize(form));
  await withFile(`identity,sex\n${listed},m\n`, async (path) => {
    assert.equal((await readAttributes(path)).lookUp("sex", `${onDisk}/${onDisk}_0001.jpg`, onDisk), "m");
  });
  await withFile(`${listed}_0001\n`, async (path) => {
    assert.ok((await readLabelErrors(path)).has(`${onDisk}/${onDisk}_0001.jpg`, "Ann/Ann_0001.jpg"));
  });
});
